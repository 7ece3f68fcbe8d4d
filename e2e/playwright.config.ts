/**
 * Playwright configuration: one project per token mode. No retries, so that a flaky test fails the run.
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
  // With two workers on two cores the first response of a new server can take seconds.
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
