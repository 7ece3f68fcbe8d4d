/**
 * Labelled text inputs with a hint or an error message.
 *
 * Invariant: the visible message is also the input's accessible description. An error replaces the hint.
 */
import { type ComponentProps, type ReactNode, useId } from "react";

type Common = {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** Rendered inside the input box, at its end. */
  readonly trailing?: ReactNode;
};

const BOX =
  "w-full min-w-0 rounded-md border bg-surface px-3 text-base text-foreground transition-colors hover:border-foreground focus-visible:outline-offset-0";

export function TextField({ label, hint, error, trailing, ...input }: Common & ComponentProps<"input">) {
  const ids = useFieldIds();
  return (
    <Field {...{ label, hint, error, ids }}>
      <div className="relative">
        <input
          {...input}
          {...describedBy(ids, hint, error)}
          id={ids.input}
          className={`${BOX} h-12 ${borderOf(error)} ${trailing === undefined ? "" : "pe-20"}`}
        />
        {trailing === undefined ? null : <div className="absolute inset-y-0 end-0 flex items-center">{trailing}</div>}
      </div>
    </Field>
  );
}

export function TextAreaField({ label, hint, error, trailing: _, ...area }: Common & ComponentProps<"textarea">) {
  const ids = useFieldIds();
  return (
    <Field {...{ label, hint, error, ids }}>
      <textarea
        rows={3}
        {...area}
        {...describedBy(ids, hint, error)}
        id={ids.input}
        className={`${BOX} block field-sizing-content max-h-80 min-h-22 resize-y py-2.5 leading-relaxed ${borderOf(error)}`}
      />
    </Field>
  );
}

type Ids = { readonly input: string; readonly hint: string; readonly error: string };

function useFieldIds(): Ids {
  const id = useId();
  return { input: id, hint: `${id}-hint`, error: `${id}-error` };
}

type FieldProps = Omit<Common, "trailing"> & { readonly ids: Ids; readonly children: ReactNode };

function Field({ label, hint, error, ids, children }: FieldProps) {
  return (
    <div>
      <label htmlFor={ids.input} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      {children}
      {error !== undefined ? (
        <p id={ids.error} className="mt-1.5 text-sm font-medium text-danger">
          {error}
        </p>
      ) : isShown(hint) ? (
        <p id={ids.hint} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

function describedBy(ids: Ids, hint: ReactNode, error: string | undefined) {
  return {
    "aria-invalid": error !== undefined,
    "aria-describedby": error !== undefined ? ids.error : isShown(hint) ? ids.hint : undefined,
  } as const;
}

function isShown(hint: ReactNode): boolean {
  return hint !== undefined && hint !== null;
}

function borderOf(error: string | undefined): string {
  return error === undefined ? "border-border-strong" : "border-danger";
}
