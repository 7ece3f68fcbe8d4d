/** Script size of the first load, and response headers of pages. */

import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, test } from "../stack/fixtures.ts";

const SCRIPT_BUDGET_BYTES = 150 * 1024;

test("the first load needs at most 150 KB of script, signed out or in", async ({
  page,
  account,
  tasks,
  alice: _,
}) => {
  const signedIn = await scriptBytes(page, async () => {
    await page.goto("/tasks");
    await expect(tasks.heading).toBeVisible();
  });
  expect(signedIn).toBeGreaterThan(0);
  expect(signedIn).toBeLessThanOrEqual(SCRIPT_BUDGET_BYTES);

  await account.signOutButton.click();
  await expect(account.signInHeading).toBeVisible();
  const signedOut = await scriptBytes(page, async () => {
    await page.goto("/");
    await expect(account.signInHeading).toBeVisible();
  });
  expect(signedOut).toBeGreaterThan(0);
  expect(signedOut).toBeLessThanOrEqual(SCRIPT_BUDGET_BYTES);
});

test("SEC-85: the content security policy of pages forbids inline and third-party code", async ({ page }) => {
  const response = await page.goto("/sign-in");
  const policy = Object.fromEntries(
    (response?.headers()["content-security-policy"] ?? "").split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(" ");
      return [name, sources.join(" ")];
    }),
  );
  expect(policy).toMatchObject({
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
  });
  expect(response?.headers()["x-content-type-options"]).toBe("nosniff");
  expect(response?.headers()["referrer-policy"]).toBeTruthy();
});

/** The gzipped size of all scripts that `visit` loads. */
async function scriptBytes(page: Page, visit: () => Promise<void>): Promise<number> {
  const scripts: Promise<Buffer>[] = [];
  const onResponse = (response: { request(): { resourceType(): string }; body(): Promise<Buffer> }) => {
    if (response.request().resourceType() === "script") scripts.push(response.body());
  };
  page.on("response", onResponse);
  await visit();
  page.off("response", onResponse);
  return (await Promise.all(scripts)).reduce((total, body) => total + gzipSync(body).length, 0);
}
