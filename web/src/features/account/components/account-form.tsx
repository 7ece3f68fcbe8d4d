/**
 * The form of the sign-in and sign-up pages.
 *
 * Invariant: after a failed attempt the focus is on the first invalid field or, if there is none, on the message.
 */
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { Button } from "#shared/ui/button.tsx";

type Props = {
  readonly label: string;
  readonly action: string;
  readonly pending: boolean;
  /** An error that does not belong to a field. */
  readonly message: string | undefined;
  /** Moves the focus to the error whenever it changes. */
  readonly failedAttempts: number;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
};

export function AccountForm({ label, action, pending, message, failedAttempts, onSubmit, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (failedAttempts === 0) return;
    const invalid = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    (invalid ?? form.current?.querySelector<HTMLElement>("[data-message]"))?.focus();
  }, [failedAttempts]);

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
            className="animate-enter rounded-md border border-danger/40 bg-danger-subtle px-3 py-2.5 text-[0.9375rem] text-danger"
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
