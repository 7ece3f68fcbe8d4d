/**
 * The form for a new task: a title, and an optional description.
 *
 * The text is stored in the drafts and not in component state, so that it survives a reload.
 */
import { type FormEvent, type KeyboardEvent, type RefObject, useId, useRef, useState } from "react";
import { ApiProblem } from "#shared/api/failures.ts";
import { uuidV7 } from "#shared/api/uuid-v7.ts";
import { Button } from "#shared/ui/button.tsx";
import { PlusIcon } from "#shared/ui/icons.tsx";
import { TextAreaField } from "#shared/ui/text-field.tsx";
import { useDraftStore, useDrafts } from "../drafts/context.tsx";
import { COMPOSER } from "../drafts/draft-store.ts";
import type { UnsentTask } from "../drafts/drafts.ts";
import { DESCRIPTION_MAX, findTextErrors, normalizeText, remaining, type TextErrors, TITLE_MAX } from "../rules.ts";

type Props = {
  readonly titleRef: RefObject<HTMLInputElement | null>;
  readonly onSubmit: (task: UnsentTask) => void;
};

export function Composer({ titleRef, onSubmit }: Props) {
  const store = useDraftStore();
  const { composer, failures } = useDrafts();
  const [checked, setChecked] = useState<TextErrors | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const errors = checked ?? textErrorsOf(failures.get(COMPOSER));
  const isOpen = composer.title !== "" || composer.describing;

  function write(change: Partial<typeof composer>) {
    setChecked(null);
    store.updateComposer(change);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const text = normalizeText(composer.title, composer.describing ? composer.description : "");
    const found = findTextErrors(text);
    setChecked(found);
    if (found === null) onSubmit({ id: uuidV7(), ...text });
    if (found === null || found.title !== undefined) titleRef.current?.focus();
  }

  return (
    <form ref={form} aria-label="Add a task" noValidate onSubmit={submit} className="border-t border-border">
      <div className="margin-grid items-center has-[input:focus]:shadow-[inset_0_-2px_0_var(--focus)]">
        <label htmlFor={id} className="flex h-full cursor-text items-center justify-center text-accent">
          <PlusIcon />
          <span className="sr-only">New task</span>
        </label>
        <div className="flex items-center gap-2 ps-3 pe-2 sm:ps-5 sm:pe-4">
          <input
            ref={titleRef}
            id={id}
            type="text"
            dir="auto"
            autoComplete="off"
            enterKeyHint="done"
            placeholder="Add a task"
            value={composer.title}
            onChange={(event) => write({ title: event.target.value })}
            aria-invalid={errors?.title !== undefined}
            aria-describedby={`${id}-note`}
            className="h-16 min-w-0 flex-1 bg-transparent font-serif text-xl outline-none"
          />
          <Button type="submit" weight={isOpen ? "primary" : "outline"} aria-label="Add task">
            Add
          </Button>
        </div>
      </div>
      <div className="margin-grid">
        <div className="col-start-2 ps-3 pe-2 sm:ps-5 sm:pe-4">
          <TitleNote id={`${id}-note`} error={errors?.title} left={remaining(composer.title, TITLE_MAX)} />
          {composer.describing ? (
            <DescriptionPart
              text={composer.description}
              error={errors?.description}
              onWrite={(description) => write({ description })}
              onSubmit={() => form.current?.requestSubmit()}
            />
          ) : isOpen ? (
            <Button weight="quiet" className="-ms-4 -mt-2 mb-2 text-sm" onClick={() => write({ describing: true })}>
              Add description
            </Button>
          ) : null}
        </div>
      </div>
    </form>
  );
}

type NoteProps = { readonly id: string; readonly error: string | undefined; readonly left: string | null };

/** Shows the error or, if there is none, the number of characters left. */
function TitleNote({ id, error, left }: NoteProps) {
  const isError = error !== undefined;
  return (
    <p id={id} className={`pb-2 text-sm empty:hidden ${isError ? "font-medium text-danger" : "text-muted"}`}>
      {error ?? left}
    </p>
  );
}

type DescriptionProps = {
  readonly text: string;
  readonly error: string | undefined;
  readonly onWrite: (text: string) => void;
  readonly onSubmit: () => void;
};

function DescriptionPart({ text, error, onWrite, onSubmit }: DescriptionProps) {
  function submitOnModifiedEnter(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) onSubmit();
  }
  return (
    <div className="animate-enter pb-4">
      <TextAreaField
        label="Description"
        dir="auto"
        autoFocus={text === ""}
        value={text}
        onChange={(event) => onWrite(event.target.value)}
        onKeyDown={submitOnModifiedEnter}
        error={error}
        hint={remaining(text, DESCRIPTION_MAX)}
      />
    </div>
  );
}

function textErrorsOf(failure: unknown): TextErrors | null {
  if (!(failure instanceof ApiProblem)) return null;
  const title = failure.fields.get("title");
  const description = failure.fields.get("description");
  if (title === undefined && description === undefined) return { title: "Taskward rejected the text." };
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  };
}
