import { useInfiniteQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef } from "react";
import { useApi } from "#shared/api/context.tsx";
import type { Task } from "#shared/api/task.ts";
import { useUser } from "#shared/session/context.tsx";
import { useShortcut } from "#shared/ui/shortcuts.ts";
import { useToasts } from "#shared/ui/toasts.tsx";
import { useCreateTask } from "../api/create-task.ts";
import type { Filter } from "../api/keys.ts";
import { taskListOptions } from "../api/list-tasks.ts";
import { DraftsProvider, useDraftStore, useDrafts } from "../drafts/context.tsx";
import type { UnsentTask } from "../drafts/drafts.ts";
import { Composer } from "./composer.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { EmptyList, FailedList, LoadingList, MoreTasks } from "./list-states.tsx";
import { TaskList } from "./task-list.tsx";
import { TasksHeading } from "./tasks-heading.tsx";

export function TasksPage({ filter }: { readonly filter: Filter }) {
  return (
    <DraftsProvider>
      <Tasks filter={filter} />
    </DraftsProvider>
  );
}

function Tasks({ filter }: { readonly filter: Filter }) {
  const { id: userId } = useUser();
  const drafts = useDraftStore();
  const { unsent, failures } = useDrafts();
  const list = useInfiniteQuery(taskListOptions(useApi(), userId, filter));
  const create = useCreateTask(drafts);
  const toasts = useToasts();
  const listRef = useRef<HTMLUListElement>(null);
  const titleRef = useRef<HTMLInputElement>(null);
  useShortcut("n", () => titleRef.current?.focus());
  useShortcut("u", toasts.runLatestAction);

  const tasks = list.data?.pages.flatMap((page) => page.tasks) ?? [];
  const known = new Set(tasks.map((task) => task.id));
  // The completed filter hides unsent tasks, but it must show those that failed.
  const pending = unsent.filter(({ id }) => !known.has(id) && (filter !== "completed" || failures.has(id)));
  // If a create succeeded but its response was lost, for example by a reload, the list contains the task: drop the draft.
  useEffect(() => {
    for (const { id } of unsent) if (known.has(id)) drafts.removeUnsent(id);
  });
  const isEmpty = tasks.length === 0 && pending.length === 0;

  function send(task: UnsentTask) {
    drafts.clearFailure(task.id);
    create.mutate(task);
  }

  async function showMore() {
    const loadedCount = tasks.length;
    await list.fetchNextPage();
    // After the last page the button is gone. If it had the focus, focus the first new task.
    if (document.activeElement === document.body) focusRowAt(listRef, pending.length + loadedCount);
  }

  return (
    <>
      <ConnectionBanner failure={list.data === undefined ? null : list.error} loadedAt={list.dataUpdatedAt} />
      <TasksHeading filter={filter} summary={tasks.length === 0 ? null : summarize(tasks, filter, list.hasNextPage)} />
      <Composer
        titleRef={titleRef}
        onSubmit={(task) => {
          drafts.submit(task);
          create.mutate(task);
          if (filter === "completed") toasts.show({ text: `Added “${task.title}” to your active tasks.` });
        }}
      />
      {list.data === undefined && list.isError ? (
        <FailedList failure={list.error} onRetry={() => list.refetch()} />
      ) : list.data === undefined ? (
        <LoadingList />
      ) : null}
      {list.data !== undefined && isEmpty ? <EmptyList filter={filter} /> : null}
      {isEmpty ? null : (
        <TaskList
          tasks={tasks}
          unsent={pending}
          failures={failures}
          filter={filter}
          onResend={send}
          listRef={listRef}
        />
      )}
      {list.hasNextPage ? (
        <MoreTasks loading={list.isFetchingNextPage} failed={list.isFetchNextPageError} onShow={showMore} />
      ) : null}
    </>
  );
}

function focusRowAt(listRef: RefObject<HTMLUListElement | null>, index: number): void {
  listRef.current?.querySelectorAll("li")[index]?.querySelector<HTMLElement>("input")?.focus();
}

/** Without the last page the totals are unknown. */
function summarize(tasks: readonly Task[], filter: Filter, hasMore: boolean): string {
  if (hasMore) return `the ${tasks.length} newest`;
  const completed = tasks.filter((task) => task.completed).length;
  const active = tasks.length - completed;
  if (filter === "completed") return `${completed} completed`;
  if (filter === "active" || completed === 0) return `${active} to do`;
  return active === 0 ? `all ${completed} completed` : `${active} to do, ${completed} completed`;
}
