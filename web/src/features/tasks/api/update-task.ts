/**
 * `PATCH /api/users/{user_id}/tasks/{task_id}` for a task's words, guarded by `If-Match`.
 *
 * Invariant: words that somebody changed elsewhere since editing began are never overwritten unseen. A version that moved
 * for another reason (ticked, or our own first attempt whose answer was lost) is no conflict.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Api, bodyOf } from "#shared/api/client.ts";
import { useApi } from "#shared/api/context.tsx";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import type { EditBase } from "../drafts/drafts.ts";
import type { TaskWords } from "../rules.ts";
import { taskKeys, WRITE_SCOPE } from "./keys.ts";
import { cachedTasks } from "./task-cache.ts";

export type UpdateInput = { readonly task: Task; readonly words: TaskWords; readonly base: EditBase };

/** The words on the server are neither those editing began with nor those to be saved. */
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
    onMutate({ task, words }) {
      tasks.put({ ...(tasks.find(task.id) ?? task), ...words });
      tasks.hold();
    },
    onSuccess: (task) => tasks.put(task),
    onError(failure, input) {
      const { task } = input;
      if (failure instanceof EditConflict) tasks.put(failure.current);
      else tasks.put({ ...(tasks.find(task.id) ?? task), title: task.title, description: task.description });
      onFailed(failure, input);
    },
    onSettled: () => tasks.settle(),
  });
}

async function updateTask(api: Api, userId: string, { task, words, base }: UpdateInput): Promise<Task> {
  const path = { user_id: userId, task_id: task.id };
  async function patch(version: number): Promise<Task | null> {
    const answer = await api.PATCH("/api/users/{user_id}/tasks/{task_id}", {
      params: { path, header: { "If-Match": `"${version}"` } },
      body: { title: words.title, description: words.description },
    });
    return answer.response.status === 412 ? null : bodyOf(answer);
  }

  const updated = await patch(base.version);
  if (updated !== null) return updated;
  const current = bodyOf(await api.GET("/api/users/{user_id}/tasks/{task_id}", { params: { path } }));
  if (saysTheSame(current, words)) return current;
  if (!saysTheSame(current, base)) throw new EditConflict(current);
  const second = await patch(current.version);
  if (second === null) throw new EditConflict(current);
  return second;
}

function saysTheSame(one: TaskWords, other: TaskWords): boolean {
  return one.title === other.title && one.description === other.description;
}
