/**
 * What every test gets: a running Taskward, a browser that watches for faults, and people.
 *
 * Tests of one worker share one Taskward and keep apart by being different people, as in life. A test that stops or
 * reconfigures the server starts its own.
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
import { FaultWatch } from "./faults.ts";
import { newPerson, type Person } from "./people.ts";
import { type Settings, Taskward, type TokenMode } from "./taskward.ts";

export type StackOptions = {
  /** How tokens are signed and checked; one project per value. */
  tokens: TokenMode;
  taskward: Taskward;
};

type TestFixtures = {
  faults: FaultWatch;
  /** Keeps what the shared server wrote, where a test fails. */
  serverLog: undefined;
  /** Starts a Taskward for this test alone. */
  ownTaskward: (settings?: Settings) => Promise<Taskward>;
  /** Another browser, without the cookies of the first. */
  newBrowser: (origin: string) => Promise<Page>;
  /** A program that keeps cookies, as curl does with a cookie jar. */
  program: APIRequestContext;
  /** Somebody who has just signed up in `page` and sees their empty list. */
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

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern; it needs nothing.
  faults: async ({}, use) => use(new FaultWatch()),

  context: async ({ context, faults }, use) => {
    await faults.watch(context);
    await use(context);
  },

  page: async ({ page, faults }, use) => {
    await use(page);
    // Here, because this is the last moment at which the page can be asked.
    expect(await faults.findings(), "nothing that must never happen has happened").toEqual([]);
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
    expect(await faults.findings(), "nothing that must never happen has happened").toEqual([]);
    for (const context of contexts) await context.close();
  },

  program: async ({ playwright, taskward }, use) => {
    const program = await playwright.request.newContext({ baseURL: taskward.origin });
    await use(program);
    await program.dispose();
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
