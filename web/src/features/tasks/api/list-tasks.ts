/**
 * `GET /api/users/{user_id}/tasks` with pagination.
 */
import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import { type Api, bodyOf } from "#shared/api/client.ts";
import { isTransient, retryAfterOf } from "#shared/api/failures.ts";
import { nextCursor } from "#shared/api/next-cursor.ts";
import type { Task } from "#shared/api/task.ts";
import { type Filter, taskKeys } from "./keys.ts";

export type TaskPage = { readonly tasks: readonly Task[]; readonly next: string | null };
export type TaskPages = InfiniteData<TaskPage, string | null>;

const PAGE_SIZE = 50;
/** Minimum interval of refetches while the last fetch failed with a transient error. */
const REFETCH_INTERVAL_SECONDS = 5;

export function taskListOptions(api: Api, userId: string, filter: Filter) {
  return infiniteQueryOptions({
    queryKey: taskKeys.list(userId, filter),
    queryFn: ({ pageParam, signal }) => listTasks(api, userId, filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: TaskPage) => page.next,
    refetchInterval({ state: { error } }) {
      if (!isTransient(error)) return false;
      return Math.max(retryAfterOf(error) ?? 0, REFETCH_INTERVAL_SECONDS) * 1000;
    },
  });
}

async function listTasks(
  api: Api,
  userId: string,
  filter: Filter,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TaskPage> {
  const outcome = await api.GET("/api/users/{user_id}/tasks", {
    params: {
      path: { user_id: userId },
      query: {
        limit: PAGE_SIZE,
        ...(cursor === null ? {} : { cursor }),
        ...(filter === "all" ? {} : { completed: filter === "completed" }),
      },
    },
    signal,
  });
  return { tasks: bodyOf(outcome), next: nextCursor(outcome.response.headers) };
}
