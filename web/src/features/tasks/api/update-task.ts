/**
 * `PATCH /api/users/{user_id}/tasks/{task_id}` for title and description, with `If-Match`.
 *
 * Invariant: a title or description that was changed elsewhere after editing began is not overwritten without asking. A
 * different version is no conflict if only `completed` changed or if an earlier attempt succeeded and its response was lost.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Api, bodyOf } from "#shared/api/client.ts";
import { useApi } from "#shared/api/context.tsx";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import type { EditBase } from "../drafts/drafts.ts";
import type { TaskText } from "../rules.ts";
import { taskKeys, WRITE_SCOPE } from "./keys.ts";
import { cachedTasks } from "./task-cache.ts";

export type UpdateInput = { readonly task: Task; readonly text: TaskText; readonly base: EditBase };

/** The text on the server is neither the text from which editing began nor the text to save. */
export class EditConflict extends Error {
  override readonly name = "EditConflict";
  readonly current: Task;
  constructor(current: Task) {
    super("The task was changed elsewhere.");
    this.current = current;
  }
}

type OnFailed = (failure: unknown, input: UpdateInput) => void;

export function useUpdateTask(onFailed: OnFailed) {
  const api = useApi();
  const { id: userId } = useUser();
  const client = useQueryClient();
  const tasks = cachedTasks(client, userId);
  return useMutation({
    mutationKey: taskKeys.change(userId),
    scope: WRITE_SCOPE,
    mutationFn: (input: UpdateInput) => updateTask(api, userId, input),
    onMutate({ task, text }) {
      tasks.put({ ...(tasks.find(task.id) ?? task), ...text });
      tasks.cancelRefetches();
    },
    onSuccess: (task) => tasks.put(task),
    onError(failure, input) {
      const { task } = input;
      if (failure instanceof EditConflict) tasks.put(failure.current);
      else tasks.put({ ...(tasks.find(task.id) ?? task), title: task.title, description: task.description });
      onFailed(failure, input);
    },
    onSettled: () => tasks.refetchWhenIdle(),
  });
}

async function updateTask(api: Api, userId: string, { task, text, base }: UpdateInput): Promise<Task> {
  const path = { user_id: userId, task_id: task.id };
  async function patch(version: number): Promise<Task | null> {
    const outcome = await api.PATCH("/api/users/{user_id}/tasks/{task_id}", {
      params: { path, header: { "If-Match": `"${version}"` } },
      body: { title: text.title, description: text.description },
    });
    return outcome.response.status === 412 ? null : bodyOf(outcome);
  }

  const updated = await patch(base.version);
  if (updated !== null) return updated;
  const current = bodyOf(await api.GET("/api/users/{user_id}/tasks/{task_id}", { params: { path } }));
  if (hasSameText(current, text)) return current;
  if (!hasSameText(current, base)) throw new EditConflict(current);
  const second = await patch(current.version);
  if (second === null) throw new EditConflict(current);
  return second;
}

function hasSameText(one: TaskText, other: TaskText): boolean {
  return one.title === other.title && one.description === other.description;
}
