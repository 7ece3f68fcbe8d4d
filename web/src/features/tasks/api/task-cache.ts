/**
 * Changes to the cached lists: pure functions over pages, and the one place that applies them to every list of a user.
 *
 * Invariants: a list holds exactly the tasks its filter asks for, newest first, each once; a task that belongs after the
 * last loaded page is left for that page to bring.
 */
import type { QueryClient } from "@tanstack/react-query";
import type { Task } from "#shared/api/task.ts";
import { FILTERS, type Filter, taskKeys } from "./keys.ts";
import type { TaskPage, TaskPages } from "./list-tasks.ts";

/** Puts `task` in the place of an older copy of itself or, if there is none, where its age belongs. */
export function putTask(pages: TaskPages, filter: Filter, task: Task): TaskPages {
  if (!belongs(filter, task)) return removeTask(pages, task.id);
  if (findTask(pages, task.id) === undefined) return insertTask(pages, task);
  return mapPages(pages, (tasks) => tasks.map((other) => (other.id === task.id ? task : other)));
}

function insertTask(pages: TaskPages, task: Task): TaskPages {
  let placed = false;
  const next = pages.pages.map((page, index) => {
    if (placed) return page;
    const position = page.tasks.findIndex((other) => isNewer(task, other));
    const isLast = index === pages.pages.length - 1;
    if (position === -1 && !(isLast && page.next === null)) return page;
    placed = true;
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

/** The cached lists of one user. */
export function cachedTasks(client: QueryClient, userId: string) {
  function each(change: (pages: TaskPages, filter: Filter) => TaskPages): void {
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
    put: (task: Task) => each((pages, filter) => putTask(pages, filter, task)),
    remove: (taskId: string) => each((pages) => removeTask(pages, taskId)),
    /**
     * Stops answers already on their way from undoing what has just been shown; call it after showing it. Lists that never
     * loaded go on loading.
     */
    hold(): void {
      void client.cancelQueries({
        queryKey: taskKeys.lists(userId),
        predicate: (query) => query.state.data !== undefined,
      });
    },
    /** Asks the server again once the last of several writes is done. Nobody waits for it, least of all the next write. */
    settle(): void {
      if (client.isMutating({ mutationKey: taskKeys.all(userId) }) > 1) return;
      void client.invalidateQueries({ queryKey: taskKeys.lists(userId) });
    },
  };
}

function belongs(filter: Filter, task: Task): boolean {
  return filter === "all" || task.completed === (filter === "completed");
}

/** RFC 3339 in UTC with milliseconds sorts as text; the id, a UUIDv7, decides between equals. */
function isNewer(task: Task, other: Task): boolean {
  if (task.created_at !== other.created_at) return task.created_at > other.created_at;
  return task.id > other.id;
}

function mapPages(pages: TaskPages, change: (tasks: readonly Task[]) => readonly Task[]): TaskPages {
  return { ...pages, pages: pages.pages.map((page): TaskPage => ({ ...page, tasks: change(page.tasks) })) };
}
