/**
 * The form that edits a task in its list item.
 *
 * The text is stored in the drafts, so that it survives an ended session and a failed save.
 */
import { type FormEvent, type KeyboardEvent, type RefObject, useRef, useState } from "react";
import { ApiProblem, describeFailure } from "#shared/api/failures.ts";
import type { Task } from "#shared/api/task.ts";
import { Button } from "#shared/ui/button.tsx";
import { TextAreaField, TextField } from "#shared/ui/text-field.tsx";
import { EditConflict } from "../api/update-task.ts";
import type { Edit } from "../drafts/drafts.ts";
import {
  DESCRIPTION_MAX,
  findTextErrors,
  normalizeText,
  remaining,
  type TaskText,
  type TextErrors,
  TITLE_MAX,
} from "../rules.ts";

type Props = {
  readonly task: Task;
  readonly edit: Edit;
  readonly failure: unknown;
  readonly titleRef: RefObject<HTMLInputElement | null>;
  readonly onChange: (edit: Edit) => void;
  readonly onSave: (text: TaskText) => void;
  readonly onCancel: () => void;
};

export function TaskEditor({ task, edit, failure, titleRef, onChange, onSave, onCancel }: Props) {
  const [checked, setChecked] = useState<TextErrors | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const refused = failure instanceof ApiProblem ? failure.fields : new Map<string, string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const text = normalizeText(edit.title, edit.description);
    const found = findTextErrors(text);
    setChecked(found);
    if (found === null) onSave(text);
    else if (found.title !== undefined) titleRef.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.preventDefault();
      onCancel();
    }
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.current?.requestSubmit();
  }

  return (
    <form
      ref={form}
      aria-label={`Edit ${task.title}`}
      noValidate
      onSubmit={submit}
      onKeyDown={onKeyDown}
      className="margin-grid bg-accent-subtle/50"
    >
      <div className="col-start-2 space-y-4 py-4 ps-3 pe-3 sm:ps-5 sm:pe-5">
        <TextField
          ref={titleRef}
          label="Title"
          dir="auto"
          autoComplete="off"
          value={edit.title}
          onChange={(event) => onChange({ ...edit, title: event.target.value })}
          error={checked?.title ?? refused.get("title")}
          hint={remaining(edit.title, TITLE_MAX)}
        />
        <TextAreaField
          label="Description"
          dir="auto"
          value={edit.description}
          onChange={(event) => onChange({ ...edit, description: event.target.value })}
          error={checked?.description ?? refused.get("description")}
          hint={remaining(edit.description, DESCRIPTION_MAX)}
        />
        <div role="alert">
          {failure === undefined || refused.size > 0 ? null : (
            <p className="user-text rounded-md bg-danger-subtle px-3 py-2 text-sm text-danger">{explain(failure)}</p>
          )}
        </div>
        <div className="flex gap-2">
          <Button type="submit" weight="primary">
            Save
          </Button>
          <Button onClick={onCancel}>Cancel</Button>
        </div>
      </div>
    </form>
  );
}

function explain(failure: unknown): string {
  if (failure instanceof EditConflict) {
    return `This task was changed elsewhere while you were editing it. Its title is now “${failure.current.title}”. Save again to overwrite it.`;
  }
  return `Not saved. ${describeFailure(failure)}`;
}
