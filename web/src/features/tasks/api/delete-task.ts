/**
 * `DELETE .../tasks/{task_id}`. The server keeps deleted tasks for a while; `restore-task.ts` undoes the deletion.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Api, ensureOk } from "#shared/api/client.ts";
import { useApi } from "#shared/api/context.tsx";
import { describeFailure } from "#shared/api/failures.ts";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import { useToasts } from "#shared/ui/toasts.tsx";
import { taskKeys, WRITE_SCOPE } from "./keys.ts";
import { cachedTasks } from "./task-cache.ts";

export function useDeleteTask() {
  const api = useApi();
  const { id: userId } = useUser();
  const client = useQueryClient();
  const toasts = useToasts();
  const tasks = cachedTasks(client, userId);
  return useMutation({
    mutationKey: taskKeys.change(userId),
    scope: WRITE_SCOPE,
    mutationFn: (task: Task) => deleteTask(api, userId, task.id),
    onMutate(task) {
      tasks.remove(task.id);
      tasks.cancelRefetches();
    },
    onSuccess: (_, task) => tasks.remove(task.id),
    onError(failure, task) {
      tasks.put(task);
      toasts.show({ failed: true, text: `“${task.title}” was not deleted. ${describeFailure(failure)}` });
    },
    onSettled: () => tasks.refetchWhenIdle(),
  });
}

async function deleteTask(api: Api, userId: string, taskId: string): Promise<null> {
  const outcome = await api.DELETE("/api/users/{user_id}/tasks/{task_id}", {
    params: { path: { user_id: userId, task_id: taskId } },
  });
  // 404: already deleted, by another tab or by an earlier attempt whose response was lost.
  if (outcome.response.status !== 404) ensureOk(outcome);
  return null;
}
