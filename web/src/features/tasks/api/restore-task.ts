/**
 * `POST .../tasks/{task_id}/restore`: undoes a deletion.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Api, bodyOf } from "#shared/api/client.ts";
import { useApi } from "#shared/api/context.tsx";
import { describeFailure } from "#shared/api/failures.ts";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import { useToasts } from "#shared/ui/toasts.tsx";
import { taskKeys, WRITE_SCOPE } from "./keys.ts";
import { cachedTasks } from "./task-cache.ts";

export function useRestoreTask() {
  const api = useApi();
  const { id: userId } = useUser();
  const client = useQueryClient();
  const toasts = useToasts();
  const tasks = cachedTasks(client, userId);
  return useMutation({
    mutationKey: taskKeys.change(userId),
    scope: WRITE_SCOPE,
    mutationFn: (task: Task) => restoreTask(api, userId, task.id),
    onMutate(task) {
      tasks.put(task);
      tasks.cancelRefetches();
    },
    onSuccess: (task) => tasks.put(task),
    onError(failure, task) {
      tasks.remove(task.id);
      toasts.show({ failed: true, text: `“${task.title}” was not restored. ${describeFailure(failure)}` });
    },
    onSettled: () => tasks.refetchWhenIdle(),
  });
}

async function restoreTask(api: Api, userId: string, taskId: string): Promise<Task> {
  return bodyOf(
    await api.POST("/api/users/{user_id}/tasks/{task_id}/restore", {
      params: { path: { user_id: userId, task_id: taskId } },
    }),
  );
}
