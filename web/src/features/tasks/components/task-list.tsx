/**
 * The list: unsent tasks, then the server's, each read or rewritten in its place.
 *
 * Invariants: the order is the server's; when the row that holds the focus goes away, the focus moves to its neighbour, and to the
 * page's heading when there is none.
 */
import { useIsMutating, useMutationState } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef } from "react";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import { useToasts } from "#shared/ui/toasts.tsx";
import { useCompleteTask } from "../api/complete-task.ts";
import { useDeleteTask } from "../api/delete-task.ts";
import { type Filter, taskKeys } from "../api/keys.ts";
import { useRestoreTask } from "../api/restore-task.ts";
import { useDraftStore } from "../drafts/context.tsx";
import type { UnsentTask } from "../drafts/drafts.ts";
import { TaskItem } from "./task-item.tsx";
import { UnsentRow } from "./unsent-row.tsx";

type Props = {
  readonly tasks: readonly Task[];
  readonly unsent: readonly UnsentTask[];
  readonly failures: ReadonlyMap<string, unknown>;
  readonly filter: Filter;
  readonly onResend: (task: UnsentTask) => void;
  readonly listRef: RefObject<HTMLUListElement | null>;
};

export function TaskList({ tasks, unsent, failures, filter, onResend, listRef }: Props) {
  const drafts = useDraftStore();
  const sending = useSending();
  const leave = useLeavingFocus(listRef, tasks);
  const actions = useRowActions(filter, leave);

  return (
    <ul ref={listRef} aria-label="Tasks" className="border-t border-line">
      {unsent.map((task) => (
        <li key={task.id} data-task={task.id} className="animate-enter border-b border-line">
          <UnsentRow
            task={task}
            sending={sending.get(task.id) ?? null}
            failure={failures.get(task.id)}
            onRetry={() => onResend(task)}
            onDiscard={() => {
              leave(task.id);
              drafts.removeUnsent(task.id);
            }}
          />
        </li>
      ))}
      {tasks.map((task) => (
        <TaskItem
          key={task.id}
          task={task}
          onComplete={(completed) => actions.complete(task, completed)}
          onDelete={() => actions.remove(task)}
        />
      ))}
    </ul>
  );
}

/** Which unsent tasks are on their way, by id. */
function useSending(): ReadonlyMap<string, "sending" | "waiting"> {
  const { id: userId } = useUser();
  const mutationKey = taskKeys.create(userId);
  useIsMutating({ mutationKey });
  const sending = useMutationState({
    filters: { mutationKey, status: "pending" },
    select: ({ state }) => {
      const id = (state.variables as UnsentTask | undefined)?.id ?? "";
      return [id, state.isPaused && !navigator.onLine ? "waiting" : "sending"] as const;
    },
  });
  return new Map(sending);
}

function useRowActions(filter: Filter, leave: (taskId: string) => void) {
  const toasts = useToasts();
  const { mutate: complete } = useCompleteTask();
  const { mutate: remove } = useDeleteTask();
  const { mutate: restore } = useRestoreTask();
  return {
    complete(task: Task, completed: boolean) {
      complete({ task, completed });
      if (filter === "all") return;
      leave(task.id);
      toasts.show({
        text: completed ? `Completed “${task.title}”.` : `“${task.title}” is active again.`,
        action: { label: "Undo", act: () => complete({ task: { ...task, completed }, completed: !completed }) },
      });
    },
    remove(task: Task) {
      leave(task.id);
      remove(task);
      toasts.show({ text: `Deleted “${task.title}”.`, action: { label: "Undo", act: () => restore(task) } });
    },
  };
}

/** Call the result before a row goes: whoever had the focus in it goes on at the neighbour. */
function useLeavingFocus(listRef: RefObject<HTMLUListElement | null>, tasks: readonly Task[]) {
  const leaving = useRef<{ readonly row: Element; readonly neighbour: Element | null } | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the row can only have gone when the tasks changed.
  useEffect(() => {
    const left = leaving.current;
    if (left === null || left.row.isConnected) return;
    leaving.current = null;
    if (document.activeElement !== document.body) return;
    focusRow(left.neighbour?.isConnected ? left.neighbour : null);
  }, [tasks]);

  return (taskId: string) => {
    const row = listRef.current?.querySelector(`[data-task="${CSS.escape(taskId)}"]`) ?? null;
    if (!row?.contains(document.activeElement)) return;
    leaving.current = { row, neighbour: row.nextElementSibling ?? row.previousElementSibling };
  };
}

function focusRow(row: Element | null): void {
  const target = row?.querySelector<HTMLElement>("input, button") ?? document.querySelector<HTMLElement>("h1");
  target?.focus({ preventScroll: row === null });
}
