/**
 * Updates of the cached task lists: pure functions on pages, and `cachedTasks`, which applies them to all lists of a user.
 *
 * Invariants: a list contains only tasks that match its filter, newest first, without duplicates; a task that sorts after
 * the last loaded page is not inserted.
 */
import type { QueryClient } from "@tanstack/react-query";
import type { Task } from "#shared/api/task.ts";
import { FILTERS, type Filter, taskKeys } from "./keys.ts";
import type { TaskPage, TaskPages } from "./list-tasks.ts";

/** Replaces the cached copy of `task` or inserts it in sort order. Removes it if it does not match `filter`. */
export function putTask(pages: TaskPages, filter: Filter, task: Task): TaskPages {
  if (!matchesFilter(filter, task)) return removeTask(pages, task.id);
  if (findTask(pages, task.id) === undefined) return insertTask(pages, task);
  return mapPages(pages, (tasks) => tasks.map((other) => (other.id === task.id ? task : other)));
}

function insertTask(pages: TaskPages, task: Task): TaskPages {
  let isInserted = false;
  const next = pages.pages.map((page, index) => {
    if (isInserted) return page;
    const position = page.tasks.findIndex((other) => isNewer(task, other));
    const isLast = index === pages.pages.length - 1;
    if (position === -1 && !(isLast && page.next === null)) return page;
    isInserted = true;
    const at = position === -1 ? page.tasks.length : position;
    return { ...page, tasks: [...page.tasks.slice(0, at), task, ...page.tasks.slice(at)] };
  });
  return { ...pages, pages: next };
}

export function removeTask(pages: TaskPages, taskId: string): TaskPages {
  return mapPages(pages, (tasks) => tasks.filter((task) => task.id !== taskId));
}

export function findTask(pages: TaskPages, taskId: string): Task | undefined {
  for (const page of pages.pages) {
    const task = page.tasks.find((candidate) => candidate.id === taskId);
    if (task !== undefined) return task;
  }
  return undefined;
}

export function cachedTasks(client: QueryClient, userId: string) {
  function updateLists(change: (pages: TaskPages, filter: Filter) => TaskPages): void {
    for (const filter of FILTERS) {
      client.setQueryData<TaskPages>(taskKeys.list(userId, filter), (pages) =>
        pages === undefined ? undefined : change(pages, filter),
      );
    }
  }
  function find(taskId: string): Task | undefined {
    for (const filter of FILTERS) {
      const pages = client.getQueryData<TaskPages>(taskKeys.list(userId, filter));
      const task = pages === undefined ? undefined : findTask(pages, taskId);
      if (task !== undefined) return task;
    }
    return undefined;
  }
  return {
    find,
    put: (task: Task) => updateLists((pages, filter) => putTask(pages, filter, task)),
    remove: (taskId: string) => updateLists((pages) => removeTask(pages, taskId)),
    /**
     * Call after an optimistic update, so that the response of a fetch in progress does not overwrite it. Lists without data
     * continue to load.
     */
    cancelRefetches(): void {
      void client.cancelQueries({
        queryKey: taskKeys.lists(userId),
        predicate: (query) => query.state.data !== undefined,
      });
    },
    /** Call when a mutation is done. Refetches the lists unless other mutations are still pending. */
    refetchWhenIdle(): void {
      if (client.isMutating({ mutationKey: taskKeys.all(userId) }) > 1) return;
      void client.invalidateQueries({ queryKey: taskKeys.lists(userId) });
    },
  };
}

function matchesFilter(filter: Filter, task: Task): boolean {
  return filter === "all" || task.completed === (filter === "completed");
}

/** The server sorts by id, a UUIDv7, and not by `created_at`. */
function isNewer(task: Task, other: Task): boolean {
  return task.id > other.id;
}

function mapPages(pages: TaskPages, change: (tasks: readonly Task[]) => readonly Task[]): TaskPages {
  return { ...pages, pages: pages.pages.map((page): TaskPage => ({ ...page, tasks: change(page.tasks) })) };
}
