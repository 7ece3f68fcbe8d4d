/**
 * The states of the list besides its tasks: loading, empty, failed, and the button for the next page.
 */
import type { ReactNode } from "react";
import { describeFailure } from "#shared/api/failures.ts";
import { Button } from "#shared/ui/button.tsx";
import type { Filter } from "../api/keys.ts";

const WIDTHS = ["w-3/5", "w-2/5", "w-1/2", "w-1/3"] as const;

export function LoadingList() {
  return (
    <div role="status" aria-label="Loading tasks" className="border-t border-border">
      {WIDTHS.map((width) => (
        <div key={width} className="margin-grid h-14 animate-skeleton items-center border-b border-border">
          <span className="mx-auto size-[1.375rem] rounded-[0.3125rem] bg-border" />
          <span className={`ms-3 h-3.5 rounded-full bg-border sm:ms-5 ${width}`} />
        </div>
      ))}
    </div>
  );
}

const EMPTY: Record<Filter, { readonly heading: string; readonly text: string }> = {
  all: {
    heading: "Nothing here yet",
    text: "Add your first task above. Only you can see it.",
  },
  active: { heading: "Nothing left to do", text: "All your tasks are completed." },
  completed: { heading: "Nothing completed yet", text: "Completed tasks appear here." },
};

export function EmptyList({ filter }: { readonly filter: Filter }) {
  const { heading, text } = EMPTY[filter];
  return <Notice heading={heading}>{text}</Notice>;
}

export function FailedList({ failure, onRetry }: { readonly failure: unknown; readonly onRetry: () => void }) {
  return (
    <div role="alert">
      <Notice heading="Your tasks could not be loaded">
        {describeFailure(failure)}
        <span className="mt-4 block">
          <Button onClick={onRetry}>Try again</Button>
        </span>
      </Notice>
    </div>
  );
}

type MoreProps = { readonly loading: boolean; readonly failed: boolean; readonly onShow: () => void };

export function MoreTasks({ loading, failed, onShow }: MoreProps) {
  return (
    <div className="margin-grid">
      <div className="col-start-2 py-6 ps-3 sm:ps-5">
        <Button onClick={onShow} disabled={loading}>
          {loading ? "Loading more…" : "Show more tasks"}
        </Button>
        {failed ? (
          <p role="alert" className="mt-2 text-sm text-danger">
            More tasks could not be loaded.
          </p>
        ) : null}
      </div>
    </div>
  );
}

function Notice({ heading, children }: { readonly heading: string; readonly children: ReactNode }) {
  return (
    <div className="margin-grid animate-enter border-t border-border">
      <div className="col-start-2 py-10 ps-3 pe-4 sm:ps-5">
        <h2 className="text-2xl">{heading}</h2>
        <div className="mt-1 max-w-prose text-muted">{children}</div>
      </div>
    </div>
  );
}
