/**
 * The form both account pages share: fields, one message about the whole, one button, and where the focus goes on a mistake.
 *
 * Invariant: after a refusal the focus is on the first field that is wrong or, when none is, on the message.
 */
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { Button } from "#shared/ui/button.tsx";

type Props = {
  readonly label: string;
  readonly action: string;
  readonly pending: boolean;
  /** What is wrong with the whole, if anything. */
  readonly message: string | undefined;
  /** A new value for each refused attempt. */
  readonly attempt: number;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
};

export function AccountForm({ label, action, pending, message, attempt, onSubmit, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (attempt === 0) return;
    const invalid = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    (invalid ?? form.current?.querySelector<HTMLElement>("[data-message]"))?.focus();
  }, [attempt]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!pending) onSubmit();
  }

  return (
    <form ref={form} aria-label={label} noValidate onSubmit={submit} className="mt-6 max-w-sm space-y-5">
      <div role="alert">
        {message === undefined ? null : (
          <p
            data-message=""
            tabIndex={-1}
            className="animate-enter rounded-md border border-danger/40 bg-danger-wash px-3 py-2.5 text-[0.9375rem] text-danger"
          >
            {message}
          </p>
        )}
      </div>
      {children}
      <Button type="submit" weight="primary" aria-disabled={pending} className="h-12 w-full text-base">
        {pending ? "Please wait…" : action}
      </Button>
    </form>
  );
}
