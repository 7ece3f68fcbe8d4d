/** Token renewal, end of sessions, and protection of credentials. */

import type { Page } from "@playwright/test";
import { AccountPages } from "../pages/account.ts";
import { TasksPage } from "../pages/tasks.ts";
import { storedTexts } from "../stack/fault-watch.ts";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson } from "../stack/people.ts";

test("the token is renewed before it expires, without a 401", async ({ page, account, tasks }) => {
  await page.clock.install();
  const seen = watchApi(page);
  await account.signUp(newPerson());
  await tasks.add("With the first token");
  const before = seen.tokens.length;

  await page.clock.fastForward("14:30");
  await tasks.add("Just before the token would expire");
  expect(seen.tokens.length).toBe(before + 1);
  expect(seen.rejected).toEqual([]);
});

test("after a 401 the token is renewed once and the request is repeated", async ({
  ownTaskward,
  newBrowser,
}) => {
  const taskward = await ownTaskward();
  const page = await newBrowser(taskward.origin);
  await new AccountPages(page).signUp(newPerson());
  const tasks = new TasksPage(page);
  const answered: string[] = [];
  page.on("response", (response) => {
    if (response.ok() && new URL(response.url()).pathname.endsWith("/tasks"))
      answered.push(response.request().method());
  });
  await tasks.add("Under the old issuer");
  // The page reads the list again after the write. If the stop interrupted that, its retry would get the 401.
  await expect.poll(() => answered.lastIndexOf("GET") > answered.lastIndexOf("POST")).toBe(true);
  // The session stays valid, but all tokens issued so far have an issuer that the server no longer accepts.
  await taskward.stop();
  await taskward.start({ TASKWARD_ISSUER: "urn:example:another-issuer" });

  const statuses: number[] = [];
  page.on("response", (response) => {
    if (response.request().method() === "POST" && response.url().endsWith("/tasks"))
      statuses.push(response.status());
  });
  await tasks.add("Under the new issuer");
  expect(statuses).toEqual([401, 201]);
  await expect(tasks.items).toHaveCount(2);
});

test("an ended session redirects to sign-in and back to the same page, and unsent text is kept", async ({
  page,
  account,
  tasks,
}) => {
  await page.clock.install();
  const alice = newPerson();
  await account.signUp(alice);
  await tasks.add("Something to complete");
  await page.getByRole("navigation", { name: "Filter tasks" }).getByRole("link", { name: "Active" }).click();
  await expect(page).toHaveURL("/tasks?filter=active");
  await tasks.newTask.fill("unsent text");

  await endSessions(page);
  await page.clock.fastForward("15:30");
  await tasks.checkbox("Something to complete").click();

  await expect(account.signInHeading).toBeVisible();
  await expect(page).toHaveURL(`/sign-in?return_to=${encodeURIComponent("/tasks?filter=active")}`);
  await expect(page.getByText("Your session ended.")).toBeVisible();

  await account.signIn(alice);
  await expect(page).toHaveURL("/tasks?filter=active");
  await expect(tasks.newTask).toHaveValue("unsent text");
  await expect(tasks.checkbox("Something to complete")).not.toBeChecked();
});

test("a user who signs in after another user's session ended does not get the other's unsent text", async ({
  page,
  account,
  tasks,
}) => {
  await account.signUp(newPerson("Alice"));
  await tasks.newTask.fill("unsent text of Alice");
  await endSessions(page);
  await page.reload();
  await expect(account.signInHeading).toBeVisible();

  await account.signUp(newPerson("Bob"));
  await expect(tasks.heading).toBeVisible();
  await expect(tasks.newTask).toHaveValue("");
  expect((await storedTexts(page)).join()).not.toContain("unsent text");
});

test("signing out in one tab signs out the other tabs", async ({ alice: _, context, account, tasks }) => {
  await tasks.add("Seen in both tabs");
  const other = await context.newPage();
  await other.goto("/tasks");
  await expect(new TasksPage(other).checkbox("Seen in both tabs")).toBeVisible();

  await account.signOutButton.click();
  await expect(account.signInHeading).toBeVisible();
  await expect(new AccountPages(other).signInHeading).toBeVisible();
  await expect(other.getByText("Seen in both tabs")).toHaveCount(0);
});

test("SEC-86: scripts cannot read the session or a stored token, and each is sent only to its server", async ({
  page,
  context,
  account,
  tasks,
}) => {
  const sent: { path: string; cookie: boolean; token: boolean }[] = [];
  page.on("request", (request) => {
    void request.allHeaders().then(({ cookie, authorization }) => {
      const path = new URL(request.url()).pathname;
      sent.push({ path, cookie: cookie !== undefined, token: authorization !== undefined });
    });
  });
  const seen = watchApi(page);
  await account.signUp(newPerson());
  await tasks.add("One");

  const cookies = await context.cookies();
  expect(cookies.map((cookie) => cookie.name)).toEqual(["better-auth.session_token"]);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  expect(await page.evaluate(() => document.cookie)).toBe("");

  expect(seen.tokens.length).toBeGreaterThan(0);
  const stored = (await storedTexts(page)).join("\n");
  for (const token of await Promise.all(seen.tokens)) expect(stored).not.toContain(token.slice(-20));
  expect(stored).not.toContain(decodeURIComponent(cookies[0]?.value ?? "none").slice(0, 20));

  const toApi = sent.filter(({ path }) => /^\/api\/(?!auth\/)/.test(path));
  expect(toApi.length).toBeGreaterThan(0);
  expect(toApi.filter(({ cookie, token }) => cookie || !token)).toEqual([]);
  expect(sent.filter(({ path, token }) => token && !/^\/api\/(?!auth\/)/.test(path))).toEqual([]);
});

/** Records the tokens that the page receives and the paths of requests rejected with 401. */
function watchApi(page: Page): { tokens: Promise<string>[]; rejected: string[] } {
  const seen = { tokens: [] as Promise<string>[], rejected: [] as string[] };
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (path === "/api/auth/token" && response.ok()) {
      seen.tokens.push(response.json().then((body: { token: string }) => body.token));
    }
    if (path.startsWith("/api/") && response.status() === 401) seen.rejected.push(path);
  });
  return seen;
}

/** Revokes all sessions of the user at the auth server. The page is not notified. */
async function endSessions(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  const response = await page.request.post(`${origin}/api/auth/revoke-sessions`, {
    headers: { origin },
    data: {},
  });
  expect(response.status()).toBe(200);
}
