/**
 * How the browser tests run: twice, once per way of signing tokens, against real processes that each worker starts
 * for itself. No retries: a test that fails now and then is a fault.
 */

import { defineConfig } from "@playwright/test";
import { launchOptions } from "./stack/chromium.ts";
import type { StackOptions } from "./stack/fixtures.ts";

export default defineConfig<object, StackOptions>({
  testDir: "specs",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 45_000,
  globalTimeout: 10 * 60_000,
  // Two browsers, two stacks and two cores: the first answer of a cold page can take seconds.
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: launchOptions(),
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "shared-secret", use: { tokens: "shared-secret" } },
    { name: "jwks", use: { tokens: "jwks" } },
  ],
});
