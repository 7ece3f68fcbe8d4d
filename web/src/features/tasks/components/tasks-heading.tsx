import { PageHeading } from "#shared/ui/page-heading.tsx";
import type { Filter } from "../api/keys.ts";
import { FilterNav } from "./filter-nav.tsx";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export function TasksHeading({ filter, summary }: { readonly filter: Filter; readonly summary: string | null }) {
  return (
    <div className="margin-grid">
      <div className="col-start-2 ps-3 pe-4 pt-8 sm:ps-5 sm:pt-12">
        <PageHeading>Tasks</PageHeading>
        <p className="mt-1 text-muted tabular-nums">
          {DAY.format()}
          {summary === null ? "" : ", "}
          <span aria-live="polite" className="whitespace-nowrap">
            {summary}
          </span>
        </p>
        <div className="mt-4 mb-2">
          <FilterNav current={filter} />
        </div>
      </div>
    </div>
  );
}
