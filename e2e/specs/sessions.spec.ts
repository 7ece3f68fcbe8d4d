/** How long people stay signed in, what proves it, and what happens when it ends. */

import type { Page } from "@playwright/test";
import { AccountPages } from "../pages/account.ts";
import { TasksPage } from "../pages/tasks.ts";
import { storedTexts } from "../stack/faults.ts";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson } from "../stack/people.ts";

test("the token is renewed before it expires, unnoticed", async ({ page, account, tasks }) => {
  await page.clock.install();
  const seen = watchApi(page);
  await account.signUp(newPerson());
  await tasks.add("In the first quarter of an hour");
  const before = seen.tokens.length;

  await page.clock.fastForward("14:30");
  await tasks.add("Just before the token would expire");
  expect(seen.tokens.length).toBe(before + 1);
  expect(seen.refusals).toEqual([]);
});

test("a token that the API refuses is renewed once and the request repeated", async ({
  ownTaskward,
  newBrowser,
}) => {
  const taskward = await ownTaskward();
  const page = await newBrowser(taskward.origin);
  await new AccountPages(page).signUp(newPerson());
  const tasks = new TasksPage(page);
  await tasks.add("Under the old issuer");
  // The session lives on, but every token handed out so far names an issuer that is no longer believed.
  await taskward.stop();
  await taskward.start({ TASKWARD_ISSUER: "urn:example:another-issuer" });

  const answers: number[] = [];
  page.on("response", (response) => {
    if (response.request().method() === "POST" && response.url().endsWith("/tasks"))
      answers.push(response.status());
  });
  await tasks.add("Under the new issuer");
  expect(answers).toEqual([401, 201]);
  await expect(tasks.items).toHaveCount(2);
});

test("a session that ended leads to sign-in and back to the same place, with unsent text kept", async ({
  page,
  account,
  tasks,
}) => {
  await page.clock.install();
  const alice = newPerson();
  await account.signUp(alice);
  await tasks.add("Something to tick");
  await page.getByRole("navigation", { name: "Filter tasks" }).getByRole("link", { name: "Active" }).click();
  await expect(page).toHaveURL("/tasks?filter=active");
  await tasks.newTask.fill("half a thought");

  await endSessions(page);
  await page.clock.fastForward("15:30");
  await tasks.checkbox("Something to tick").click();

  await expect(account.signInHeading).toBeVisible();
  await expect(page).toHaveURL(`/sign-in?return_to=${encodeURIComponent("/tasks?filter=active")}`);
  await expect(page.getByText("Your session ended.")).toBeVisible();

  await account.signIn(alice);
  await expect(page).toHaveURL("/tasks?filter=active");
  await expect(tasks.newTask).toHaveValue("half a thought");
  await expect(tasks.checkbox("Something to tick")).not.toBeChecked();
});

test("whoever signs in after an ended session does not get the unsent text of another", async ({
  page,
  account,
  tasks,
}) => {
  await account.signUp(newPerson("Alice"));
  await tasks.newTask.fill("half a thought of Alice");
  await endSessions(page);
  await page.reload();
  await expect(account.signInHeading).toBeVisible();

  await account.signUp(newPerson("Bob"));
  await expect(tasks.heading).toBeVisible();
  await expect(tasks.newTask).toHaveValue("");
  expect((await storedTexts(page)).join()).not.toContain("half a thought");
});

test("signing out in one tab signs the other out", async ({ alice: _, context, account, tasks }) => {
  await tasks.add("Seen in both tabs");
  const other = await context.newPage();
  await other.goto("/tasks");
  await expect(new TasksPage(other).checkbox("Seen in both tabs")).toBeVisible();

  await account.signOutButton.click();
  await expect(account.signInHeading).toBeVisible();
  await expect(new AccountPages(other).signInHeading).toBeVisible();
  await expect(other.getByText("Seen in both tabs")).toHaveCount(0);
});

test("SEC-86: scripts can reach neither the session nor a stored token, and each goes only where it belongs", async ({
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

/** The tokens that this page was given and the requests that the API refused it. */
function watchApi(page: Page): { tokens: Promise<string>[]; refusals: string[] } {
  const seen = { tokens: [] as Promise<string>[], refusals: [] as string[] };
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (path === "/api/auth/token" && response.ok()) {
      seen.tokens.push(response.json().then((body: { token: string }) => body.token));
    }
    if (path.startsWith("/api/") && response.status() === 401) seen.refusals.push(path);
  });
  return seen;
}

/** Ends every session of this browser's user at the auth server; the browser is not told. */
async function endSessions(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  const answer = await page.request.post(`${origin}/api/auth/revoke-sessions`, {
    headers: { origin },
    data: {},
  });
  expect(answer.status()).toBe(200);
}
