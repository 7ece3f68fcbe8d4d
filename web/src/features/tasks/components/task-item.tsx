/**
 * A list item that shows a task, or its editor if the drafts contain an edit of the task.
 *
 * Invariant: the focus moves into the editor when the user opens it and back when the user closes it. An editor that reopens
 * because a save failed does not take the focus.
 */
import { useEffect, useRef } from "react";
import type { Task } from "#shared/api/task.ts";
import { EditConflict, useUpdateTask } from "../api/update-task.ts";
import { useDraftStore, useDrafts } from "../drafts/context.tsx";
import type { TaskText } from "../rules.ts";
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
  const { mutate: update } = useUpdateTask((failure, { text, base }) => {
    const { title, description, version } = failure instanceof EditConflict ? failure.current : base;
    store.edit(task.id, {
      title: text.title,
      description: text.description ?? "",
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

  function save(text: TaskText) {
    close();
    if (edit === undefined) return;
    const isUnchanged = text.title === edit.base.title && text.description === edit.base.description;
    if (!isUnchanged) update({ task, text, base: edit.base });
  }

  return (
    <li data-task={task.id} className="border-b border-border">
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
