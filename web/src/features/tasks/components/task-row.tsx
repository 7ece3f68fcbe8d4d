/**
 * A task with its checkbox, text, date and actions.
 *
 * Invariant: the title alone is the accessible name of the checkbox.
 */
import { type RefObject, useId, useState } from "react";
import type { Task } from "#shared/api/task.ts";
import { IconButton } from "#shared/ui/button.tsx";
import { BinIcon, PencilIcon } from "#shared/ui/icons.tsx";
import { Checkbox } from "./checkbox.tsx";
import { TaskDate } from "./task-date.tsx";

type Props = {
  readonly task: Task;
  readonly editButton: RefObject<HTMLButtonElement | null>;
  readonly onComplete: (completed: boolean) => void;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
};

export function TaskRow({ task, editButton, onComplete, onEdit, onDelete }: Props) {
  const titleId = useId();
  return (
    <div className="margin-grid group">
      <div className="flex justify-center pt-1.5">
        <Checkbox labelledBy={titleId} checked={task.completed} onChange={onComplete} />
      </div>
      <div className="relative flex min-w-0 items-start gap-1 ps-3 pe-1 sm:gap-4 sm:ps-5 sm:pe-2 sm:pointer:pe-4">
        <div className="min-w-0 flex-1 py-3.5">
          <p
            id={titleId}
            dir="auto"
            className={`user-text font-serif text-lg leading-snug decoration-1 transition-colors ${task.completed ? "text-muted line-through" : ""}`}
          >
            {task.title}
          </p>
          {task.description === null ? null : <Description text={task.description} title={task.title} />}
          <p className="mt-1 text-xs text-muted sm:hidden">
            <TaskDate task={task} />
          </p>
        </div>
        <p className="hidden min-w-20 pt-4.5 text-end text-xs whitespace-nowrap text-muted tabular-nums transition-opacity sm:block pointer:group-focus-within:opacity-0 pointer:group-hover:opacity-0">
          <TaskDate task={task} />
        </p>
        <div className="flex pt-1.5 transition-opacity sm:pointer:absolute sm:pointer:end-2 pointer:opacity-0 pointer:group-focus-within:opacity-100 pointer:group-hover:opacity-100">
          <IconButton ref={editButton} label={`Edit ${task.title}`} onClick={onEdit}>
            <PencilIcon />
          </IconButton>
          <IconButton label={`Delete ${task.title}`} onClick={onDelete} className="enabled:hover:text-danger">
            <BinIcon />
          </IconButton>
        </div>
      </div>
    </div>
  );
}

/** A description that exceeds one of these is collapsed at first. */
const COLLAPSE_AFTER_CHARACTERS = 240;
const COLLAPSE_AFTER_LINES = 4;

function Description({ text, title }: { readonly text: string; readonly title: string }) {
  const [isExpanded, setExpanded] = useState(false);
  const isLong = text.length > COLLAPSE_AFTER_CHARACTERS || text.split("\n").length > COLLAPSE_AFTER_LINES;
  return (
    <>
      <p
        dir="auto"
        className={`user-text mt-1 text-[0.9375rem] whitespace-pre-wrap text-muted ${isLong && !isExpanded ? "line-clamp-3" : ""}`}
      >
        {text}
      </p>
      {isLong ? (
        <button
          type="button"
          aria-expanded={isExpanded}
          aria-label={`${isExpanded ? "Show less" : "Show all"} of ${title}`}
          onClick={() => setExpanded(!isExpanded)}
          className="mt-1 min-h-8 cursor-pointer text-sm text-accent underline underline-offset-4 hover:text-accent-strong"
        >
          {isExpanded ? "Show less" : "Show all"}
        </button>
      ) : null}
    </>
  );
}
