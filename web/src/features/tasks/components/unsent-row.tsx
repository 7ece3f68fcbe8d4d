/**
 * A task that is not on the server yet: being sent, waiting for the network, or failed.
 *
 * Invariant: it always shows that the task is not saved.
 */
import { useId } from "react";
import { describeFailure } from "#shared/api/failures.ts";
import { Button } from "#shared/ui/button.tsx";
import type { UnsentTask } from "../drafts/drafts.ts";
import { Checkbox } from "./checkbox.tsx";

type Props = {
  readonly task: UnsentTask;
  readonly sending: "sending" | "waiting" | null;
  readonly failure: unknown;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
};

export function UnsentRow({ task, sending, failure, onRetry, onDiscard }: Props) {
  const titleId = useId();
  return (
    <div className="margin-grid">
      <div className="flex justify-center pt-1.5">
        <Checkbox labelledBy={titleId} checked={false} disabled />
      </div>
      <div className="min-w-0 py-3.5 ps-3 pe-3 sm:ps-5 sm:pe-5">
        <p id={titleId} dir="auto" className="user-text font-serif text-lg leading-snug">
          {task.title}
        </p>
        {task.description === null ? null : (
          <p dir="auto" className="user-text mt-1 line-clamp-3 text-[0.9375rem] whitespace-pre-wrap text-muted">
            {task.description}
          </p>
        )}
        {sending === null ? (
          <>
            <p role="alert" className="mt-1 text-sm text-danger">
              <strong className="font-semibold">Not saved</strong>
              {failure === undefined ? ". Sending was interrupted." : `. ${describeFailure(failure)}`}
            </p>
            <div className="mt-2 flex flex-wrap gap-2">
              <Button aria-label={`Try again: ${task.title}`} onClick={onRetry}>
                Try again
              </Button>
              <Button weight="quiet" aria-label={`Discard ${task.title}`} onClick={onDiscard}>
                Discard
              </Button>
            </div>
          </>
        ) : (
          <p className="mt-1 text-xs text-muted">
            {sending === "sending" ? "Saving…" : "Will be saved when you’re back online."}
          </p>
        )}
      </div>
    </div>
  );
}
