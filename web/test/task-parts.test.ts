/**
 * Tests of the task feature without a DOM: validation, cache updates, stored drafts.
 */
import { expect, test } from "vitest";
import type { TaskPages } from "#features/tasks/api/list-tasks.ts";
import { putTask } from "#features/tasks/api/task-cache.ts";
import { DraftStore } from "#features/tasks/drafts/draft-store.ts";
import { findTextErrors, normalizeText, remaining } from "#features/tasks/rules.ts";
import type { Task } from "#shared/api/task.ts";
import { createTextStorage } from "#shared/session/text-storage.ts";
import { memoryStorage } from "./servers/memory-storage.ts";
import { plainMembers } from "./servers/plain-task.ts";

test("a title is trimmed as on the server, and its length is in code points", () => {
  expect(normalizeText(" \u0085\u3000 Buy milk \n", "  ")).toEqual({ title: "Buy milk", description: null });
  expect(normalizeText("\ufeffx", " y ")).toEqual({ title: "\ufeffx", description: " y " });
  expect(findTextErrors({ title: "🧾".repeat(255), description: null })).toBeNull();
  expect(findTextErrors({ title: "🧾".repeat(256), description: null })).toEqual({
    title: "The title is 1 character too long.",
  });
});

test("invalid text has an error that names the rule", () => {
  expect(findTextErrors({ title: "", description: "d".repeat(10_003) })).toEqual({
    title: "Enter a title.",
    description: "The description is 3 characters too long.",
  });
  expect(findTextErrors({ title: "a\u0007b", description: null })?.title).toMatch(
    /contains an invisible control character/,
  );
});

test("the number of characters left is shown only near the limit", () => {
  expect(remaining("a".repeat(200), 255)).toBeNull();
  expect(remaining("a".repeat(254), 255)).toBe("1 character left");
  expect(remaining("a".repeat(257), 255)).toBe("2 characters too many");
});

function task(minute: number, change: Partial<Task> = {}): Task {
  const time = `2026-11-20T10:${String(minute).padStart(2, "0")}:00.000Z`;
  return {
    id: `id-${minute}`,
    user_id: "alice-id",
    title: `task ${minute}`,
    description: null,
    completed: false,
    completed_at: null,
    created_at: time,
    updated_at: time,
    version: 1,
    ...plainMembers,
    ...change,
  };
}

function pages(...lists: (readonly Task[])[]): TaskPages {
  return {
    pages: lists.map((tasks, index) => ({ tasks, next: index === lists.length - 1 ? null : `cursor-${index}` })),
    pageParams: lists.map((_, index) => (index === 0 ? null : `cursor-${index - 1}`)),
  };
}

const idsOf = ({ pages }: TaskPages) => pages.map((page) => page.tasks.map(({ id }) => id).join(" "));

test("a task is inserted in sort order, or replaces its cached copy", () => {
  const list = pages([task(50), task(40)], [task(30), task(20)]);
  expect(idsOf(putTask(list, "all", task(60)))).toEqual(["id-60 id-50 id-40", "id-30 id-20"]);
  expect(idsOf(putTask(list, "all", task(35)))).toEqual(["id-50 id-40", "id-35 id-30 id-20"]);
  expect(idsOf(putTask(list, "all", task(10)))).toEqual(["id-50 id-40", "id-30 id-20 id-10"]);
  expect(idsOf(putTask(list, "all", task(40, { title: "renamed" })))).toEqual(["id-50 id-40", "id-30 id-20"]);
});

test("the sort order follows the id, as on the server, and not created_at", () => {
  const late = task(35, { created_at: task(59).created_at });
  expect(idsOf(putTask(pages([task(50), task(30)]), "all", late))).toEqual(["id-50 id-35 id-30"]);
});

test("a task older than all loaded tasks is not inserted; a loaded one is replaced", () => {
  const list: TaskPages = { pages: [{ tasks: [task(50), task(40)], next: "more" }], pageParams: [null] };
  expect(idsOf(putTask(list, "all", task(10)))).toEqual(["id-50 id-40"]);
  expect(idsOf(putTask(list, "all", task(40, { completed: true })))).toEqual(["id-50 id-40"]);
});

test("a list contains only tasks that match its filter", () => {
  const list = pages([task(50), task(40)]);
  expect(idsOf(putTask(list, "active", task(40, { completed: true })))).toEqual(["id-50"]);
  expect(idsOf(putTask(pages([]), "completed", task(40)))).toEqual([""]);
  expect(idsOf(putTask(pages([]), "completed", task(40, { completed: true })))).toEqual(["id-40"]);
});

test("drafts are restored for their user, without failures", () => {
  const texts = createTextStorage(memoryStorage());
  const store = new DraftStore(texts.forUser("alice-id"));
  store.updateComposer({ title: "being written" });
  store.edit("id-1", { title: "new", description: "", base: { title: "old", description: null, version: 3 } });
  store.submit({ id: "id-2", title: "on its way", description: "x" });
  store.updateComposer({ title: "the next" });
  store.fail("id-2", new Error("refused"));
  const restored = new DraftStore(texts.forUser("alice-id")).drafts();
  const { failures, ...stored } = store.drafts();
  expect(failures.size).toBe(1);
  expect(restored).toEqual({ ...stored, failures: new Map() });
  expect(new DraftStore(texts.forUser("bob-id")).drafts().unsent).toEqual([]);
});

test.each(["not json", "null", "[]", '{"edits":{"a":{"title":1}},"unsent":[{"id":3},null],"composer":"x"}'])(
  "invalid stored drafts (%s) are dropped",
  (stored) => {
    const drafts = new DraftStore({ read: () => stored, write: () => undefined }).drafts();
    expect(drafts).toEqual({
      composer: { title: "", description: "", describing: false },
      edits: {},
      unsent: [],
      failures: new Map(),
    });
  },
);
