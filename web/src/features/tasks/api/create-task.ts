/**
 * `POST /api/users/{user_id}/tasks` with an id made here, so that sending it again after a lost answer makes no second task.
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
 * Sends a task that already stands among the unsent drafts, and removes it there once the server has it. Until then the
 * draft is what the list shows: nothing is lost with the page, the session or the network.
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
      const isForFields = failure instanceof ApiProblem && failure.status === 422;
      // Words the server refuses go back to where they can be put right, unless the next task is being written there.
      if (isForFields && title === "" && description === "") drafts.reopen(unsent, failure);
      else drafts.fail(unsent.id, failure);
    },
    onSettled: () => tasks.settle(),
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
