/**
 * A task in the list, switching between being read and being rewritten. Which of the two is decided by the drafts alone.
 *
 * Invariant: opening the editor by hand moves the focus into it and closing it moves the focus back; an editor that comes
 * back by itself, because a save was refused, takes no focus from anybody.
 */
import { useEffect, useRef } from "react";
import type { Task } from "#shared/api/task.ts";
import { EditConflict, useUpdateTask } from "../api/update-task.ts";
import { useDraftStore, useDrafts } from "../drafts/context.tsx";
import type { TaskWords } from "../rules.ts";
import { TaskEditor } from "./task-editor.tsx";
import { TaskRow } from "./task-row.tsx";

type Props = {
  readonly task: Task;
  readonly onComplete: (completed: boolean) => void;
  readonly onDelete: () => void;
};

export function TaskItem({ task, onComplete, onDelete }: Props) {
  const store = useDraftStore();
  const { edits, failures } = useDrafts();
  const edit = edits[task.id];
  const titleRef = useRef<HTMLInputElement>(null);
  const editButton = useRef<HTMLButtonElement>(null);
  const moveFocus = useRef(false);
  const { mutate: update } = useUpdateTask((failure, { words, base }) => {
    const { title, description, version } = failure instanceof EditConflict ? failure.current : base;
    store.edit(task.id, {
      title: words.title,
      description: words.description ?? "",
      base: { title, description, version },
    });
    store.fail(task.id, failure);
  });

  const isEditing = edit !== undefined;
  useEffect(() => {
    if (!moveFocus.current) return;
    moveFocus.current = false;
    (isEditing ? titleRef : editButton).current?.focus();
  }, [isEditing]);

  function open() {
    moveFocus.current = true;
    const { title, description, version } = task;
    store.edit(task.id, { title, description: description ?? "", base: { title, description, version } });
  }

  function close() {
    moveFocus.current = true;
    store.closeEdit(task.id);
  }

  function save(words: TaskWords) {
    close();
    if (edit === undefined) return;
    const isUnchanged = words.title === edit.base.title && words.description === edit.base.description;
    if (!isUnchanged) update({ task, words, base: edit.base });
  }

  return (
    <li data-task={task.id} className="border-b border-line">
      {edit === undefined ? (
        <TaskRow task={task} editButton={editButton} onComplete={onComplete} onEdit={open} onDelete={onDelete} />
      ) : (
        <TaskEditor
          task={task}
          edit={edit}
          failure={failures.get(task.id)}
          titleRef={titleRef}
          onChange={(next) => store.edit(task.id, next)}
          onSave={save}
          onCancel={close}
        />
      )}
    </li>
  );
}
