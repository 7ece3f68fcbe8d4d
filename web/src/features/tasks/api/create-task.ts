/**
 * `POST /api/users/{user_id}/tasks` with a client-generated id, so that a retry does not create a second task.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Api, bodyOf } from "#shared/api/client.ts";
import { useApi } from "#shared/api/context.tsx";
import { ApiProblem } from "#shared/api/failures.ts";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import type { DraftStore } from "../drafts/draft-store.ts";
import type { UnsentTask } from "../drafts/drafts.ts";
import { taskKeys, WRITE_SCOPE } from "./keys.ts";
import { cachedTasks } from "./task-cache.ts";

/**
 * Sends a task that is stored in `drafts` as unsent. The draft is removed when the server has created the task, so a reload,
 * an ended session or a network failure does not lose it.
 */
export function useCreateTask(drafts: DraftStore) {
  const api = useApi();
  const { id: userId } = useUser();
  const client = useQueryClient();
  const tasks = cachedTasks(client, userId);
  return useMutation({
    mutationKey: taskKeys.create(userId),
    scope: WRITE_SCOPE,
    mutationFn: (unsent: UnsentTask) => createTask(api, userId, unsent),
    onSuccess(task) {
      tasks.put(task);
      drafts.removeUnsent(task.id);
    },
    onError(failure, unsent) {
      const { title, description } = drafts.drafts().composer;
      const hasFieldErrors = failure instanceof ApiProblem && failure.status === 422;
      // Return text with field errors to the composer for correction, unless it already contains the next task.
      if (hasFieldErrors && title === "" && description === "") drafts.reopen(unsent, failure);
      else drafts.fail(unsent.id, failure);
    },
    onSettled: () => tasks.refetchWhenIdle(),
  });
}

async function createTask(api: Api, userId: string, { id, title, description }: UnsentTask): Promise<Task> {
  return bodyOf(
    await api.POST("/api/users/{user_id}/tasks", {
      params: { path: { user_id: userId } },
      body: { id, title, description },
    }),
  );
}
