/**
 * Playwright fixtures: a running Taskward, monitored browser contexts, and users.
 *
 * Tests of one worker share one Taskward and use different users. A test that stops or reconfigures the server starts its
 * own.
 */

import {
  type APIRequestContext,
  type BrowserContext,
  test as base,
  expect,
  type Page,
  type TestInfo,
} from "@playwright/test";
import { AccountPages } from "../pages/account.ts";
import { TasksPage } from "../pages/tasks.ts";
import { FaultWatch } from "./fault-watch.ts";
import { newPerson, type Person } from "./people.ts";
import { type Settings, Taskward, type TokenMode } from "./taskward.ts";

export type StackOptions = {
  /** Set by the project. */
  tokens: TokenMode;
  taskward: Taskward;
};

type TestFixtures = {
  faults: FaultWatch;
  /** Attaches the log of the shared server to a failed test. */
  serverLog: undefined;
  /** Starts a Taskward for this test only. */
  ownTaskward: (settings?: Settings) => Promise<Taskward>;
  /** Opens a page in a new browser context, without the cookies of `page`. */
  newBrowser: (origin: string) => Promise<Page>;
  /** An HTTP client that keeps cookies. */
  client: APIRequestContext;
  /** A new user, signed in in `page`, with an empty list. */
  alice: Person;
  account: AccountPages;
  tasks: TasksPage;
};

export const test = base.extend<TestFixtures, StackOptions>({
  tokens: ["shared-secret", { option: true, scope: "worker" }],

  taskward: [
    async ({ tokens }, use) => {
      const taskward = await Taskward.start(tokens);
      await use(taskward);
      await taskward.remove();
    },
    { scope: "worker" },
  ],

  serverLog: [
    async ({ taskward }, use, testInfo) => {
      const before = taskward.log.length;
      await use(undefined);
      await attachOnFailure(testInfo, taskward.log.slice(before));
    },
    { auto: true },
  ],

  baseURL: async ({ taskward }, use) => use(taskward.origin),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright requires an object pattern; this fixture has no dependencies.
  faults: async ({}, use) => use(new FaultWatch()),

  context: async ({ context, faults }, use) => {
    await faults.watch(context);
    await use(context);
  },

  page: async ({ page, faults }, use) => {
    await use(page);
    // Check before the page is closed, because its storage is checked too.
    expect(await faults.findings(), "no faults in any page").toEqual([]);
  },

  ownTaskward: async ({ tokens }, use, testInfo) => {
    const started: Taskward[] = [];
    await use(async (settings) => {
      const taskward = await Taskward.start(tokens, settings);
      started.push(taskward);
      return taskward;
    });
    for (const taskward of started) {
      await taskward.remove();
      await attachOnFailure(testInfo, taskward.log);
    }
  },

  newBrowser: async ({ browser, faults }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (origin) => {
      const context = await browser.newContext({ baseURL: origin });
      contexts.push(context);
      await faults.watch(context);
      return context.newPage();
    });
    expect(await faults.findings(), "no faults in any page").toEqual([]);
    for (const context of contexts) await context.close();
  },

  client: async ({ playwright, taskward }, use) => {
    const client = await playwright.request.newContext({ baseURL: taskward.origin });
    await use(client);
    await client.dispose();
  },

  account: async ({ page }, use) => use(new AccountPages(page)),

  tasks: async ({ page }, use) => use(new TasksPage(page)),

  alice: async ({ account, tasks }, use) => {
    const alice = newPerson("Alice");
    await account.signUp(alice);
    await expect(tasks.heading).toBeVisible();
    await use(alice);
  },
});

async function attachOnFailure(testInfo: TestInfo, log: string): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus) return;
  await testInfo.attach("server log", { body: log, contentType: "text/plain" });
}

export { expect };
