/**
 * The list: unsent tasks first, then the tasks from the server in the server's order.
 *
 * Invariant: when the focused row is removed, the focus moves to an adjacent row or, if there is none, to the page heading.
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
  const beforeRemoval = useFocusAfterRemoval(listRef, tasks);
  const actions = useRowActions(filter, beforeRemoval);

  return (
    <ul ref={listRef} aria-label="Tasks" className="border-t border-border">
      {unsent.map((task) => (
        <li key={task.id} data-task={task.id} className="animate-enter border-b border-border">
          <UnsentRow
            task={task}
            sending={sending.get(task.id) ?? null}
            failure={failures.get(task.id)}
            onRetry={() => onResend(task)}
            onDiscard={() => {
              beforeRemoval(task.id);
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

/** The state of pending create requests by task id. */
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

function useRowActions(filter: Filter, beforeRemoval: (taskId: string) => void) {
  const toasts = useToasts();
  const { mutate: complete } = useCompleteTask();
  const { mutate: remove } = useDeleteTask();
  const { mutate: restore } = useRestoreTask();
  return {
    complete(task: Task, completed: boolean) {
      complete({ task, completed });
      if (filter === "all") return;
      beforeRemoval(task.id);
      toasts.show({
        text: completed ? `Completed “${task.title}”.` : `“${task.title}” is active again.`,
        action: { label: "Undo", run: () => complete({ task: { ...task, completed }, completed: !completed }) },
      });
    },
    remove(task: Task) {
      beforeRemoval(task.id);
      remove(task);
      toasts.show({ text: `Deleted “${task.title}”.`, action: { label: "Undo", run: () => restore(task) } });
    },
  };
}

/** Returns a function to call before a row is removed. If the row had the focus, the focus moves to an adjacent row. */
function useFocusAfterRemoval(listRef: RefObject<HTMLUListElement | null>, tasks: readonly Task[]) {
  const focused = useRef<{ readonly row: Element; readonly adjacent: Element | null } | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a row is only removed when the tasks change.
  useEffect(() => {
    const removed = focused.current;
    if (removed === null || removed.row.isConnected) return;
    focused.current = null;
    if (document.activeElement !== document.body) return;
    focusRow(removed.adjacent?.isConnected ? removed.adjacent : null);
  }, [tasks]);

  return (taskId: string) => {
    const row = listRef.current?.querySelector(`[data-task="${CSS.escape(taskId)}"]`) ?? null;
    if (!row?.contains(document.activeElement)) return;
    focused.current = { row, adjacent: row.nextElementSibling ?? row.previousElementSibling };
  };
}

function focusRow(row: Element | null): void {
  const target = row?.querySelector<HTMLElement>("input, button") ?? document.querySelector<HTMLElement>("h1");
  target?.focus({ preventScroll: row === null });
}
