/**
 * `PATCH .../tasks/{task_id}/complete`, always with an explicit value. A toggle would not be idempotent.
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

type Input = { readonly task: Task; readonly completed: boolean };

export function useCompleteTask() {
  const api = useApi();
  const { id: userId } = useUser();
  const client = useQueryClient();
  const toasts = useToasts();
  const tasks = cachedTasks(client, userId);
  return useMutation({
    mutationKey: taskKeys.change(userId),
    scope: WRITE_SCOPE,
    mutationFn: ({ task, completed }: Input) => completeTask(api, userId, task.id, completed),
    onMutate({ task, completed }) {
      const completedAt = completed ? new Date().toISOString() : null;
      tasks.put({ ...(tasks.find(task.id) ?? task), completed, completed_at: completedAt });
      tasks.cancelRefetches();
    },
    onSuccess: (task) => tasks.put(task),
    onError(failure, { task }) {
      const { completed, completed_at } = task;
      tasks.put({ ...(tasks.find(task.id) ?? task), completed, completed_at });
      toasts.show({ failed: true, text: `“${task.title}” was not changed. ${describeFailure(failure)}` });
    },
    onSettled: () => tasks.refetchWhenIdle(),
  });
}

async function completeTask(api: Api, userId: string, taskId: string, completed: boolean): Promise<Task> {
  return bodyOf(
    await api.PATCH("/api/users/{user_id}/tasks/{task_id}/complete", {
      params: { path: { user_id: userId, task_id: taskId } },
      body: { completed },
    }),
  );
}
