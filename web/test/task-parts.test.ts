/**
 * The pure parts of the task list: rules for words, changes to cached pages, drafts read back.
 */
import { expect, test } from "vitest";
import type { TaskPages } from "#features/tasks/api/list-tasks.ts";
import { putTask } from "#features/tasks/api/task-cache.ts";
import { DraftStore } from "#features/tasks/drafts/draft-store.ts";
import { findWordErrors, remaining, tidyWords } from "#features/tasks/rules.ts";
import type { Task } from "#shared/api/task.ts";
import { keepTexts } from "#shared/session/kept-texts.ts";
import { memoryStorage } from "./servers/memory-storage.ts";

test("a title is trimmed as the server trims it and counted in code points", () => {
  expect(tidyWords(" \u0085\u3000 Buy milk \n", "  ")).toEqual({ title: "Buy milk", description: null });
  expect(tidyWords("\ufeffx", " y ")).toEqual({ title: "\ufeffx", description: " y " });
  expect(findWordErrors({ title: "🧾".repeat(255), description: null })).toBeNull();
  expect(findWordErrors({ title: "🧾".repeat(256), description: null })).toEqual({
    title: "The title is 1 character too long.",
  });
});

test("words that break a rule are named with the rule", () => {
  expect(findWordErrors({ title: "", description: "d".repeat(1003) })).toEqual({
    title: "Enter a title.",
    description: "The description is 3 characters too long.",
  });
  expect(findWordErrors({ title: "a\u0007b", description: null })?.title).toMatch(
    /contains an invisible control character/,
  );
});

test("what is left is told near the end only", () => {
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

test("a task is put where its age belongs, and once", () => {
  const list = pages([task(50), task(40)], [task(30), task(20)]);
  expect(idsOf(putTask(list, "all", task(60)))).toEqual(["id-60 id-50 id-40", "id-30 id-20"]);
  expect(idsOf(putTask(list, "all", task(35)))).toEqual(["id-50 id-40", "id-35 id-30 id-20"]);
  expect(idsOf(putTask(list, "all", task(10)))).toEqual(["id-50 id-40", "id-30 id-20 id-10"]);
  expect(idsOf(putTask(list, "all", task(40, { title: "renamed" })))).toEqual(["id-50 id-40", "id-30 id-20"]);
});

test("a task older than everything loaded waits for its page; one that is loaded stays", () => {
  const list: TaskPages = { pages: [{ tasks: [task(50), task(40)], next: "more" }], pageParams: [null] };
  expect(idsOf(putTask(list, "all", task(10)))).toEqual(["id-50 id-40"]);
  expect(idsOf(putTask(list, "all", task(40, { completed: true })))).toEqual(["id-50 id-40"]);
});

test("a list holds only what its filter asks for", () => {
  const list = pages([task(50), task(40)]);
  expect(idsOf(putTask(list, "active", task(40, { completed: true })))).toEqual(["id-50"]);
  expect(idsOf(putTask(pages([]), "completed", task(40)))).toEqual([""]);
  expect(idsOf(putTask(pages([]), "completed", task(40, { completed: true })))).toEqual(["id-40"]);
});

test("drafts come back for their user, without their failures", () => {
  const texts = keepTexts(memoryStorage());
  const store = new DraftStore(texts.of("alice-id"));
  store.write({ title: "being written" });
  store.edit("id-1", { title: "new", description: "", base: { title: "old", description: null, version: 3 } });
  store.submit({ id: "id-2", title: "on its way", description: "x" });
  store.write({ title: "the next" });
  store.fail("id-2", new Error("refused"));
  const again = new DraftStore(texts.of("alice-id")).drafts();
  const { failures, ...kept } = store.drafts();
  expect(failures.size).toBe(1);
  expect(again).toEqual({ ...kept, failures: new Map() });
  expect(new DraftStore(texts.of("bob-id")).drafts().unsent).toEqual([]);
});

test.each(["not json", "null", "[]", '{"edits":{"a":{"title":1}},"unsent":[{"id":3},null],"composer":"x"}'])(
  "what is not a draft (%s) is dropped",
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
