/**
 * Links to the filters. The filter is in the URL, so that it works with bookmarks, reload and the Back button.
 */
import { Link } from "@tanstack/react-router";
import { FILTERS, type Filter } from "../api/keys.ts";

const NAMES: Record<Filter, string> = { all: "All", active: "Active", completed: "Completed" };

export function FilterNav({ current }: { readonly current: Filter }) {
  return (
    <nav aria-label="Filter tasks">
      <ul className="-ms-3 flex">
        {FILTERS.map((filter) => (
          <li key={filter}>
            <Link
              to="/tasks"
              search={filter === "all" ? {} : { filter }}
              activeOptions={{ exact: true }}
              aria-current={filter === current ? "page" : undefined}
              className={`relative flex min-h-11 items-center px-3 text-[0.9375rem] transition-colors after:absolute after:inset-x-3 after:bottom-0 after:h-0.5 after:rounded-full ${filter === current ? "font-semibold text-foreground after:bg-accent" : "text-muted hover:text-foreground"}`}
            >
              {NAMES[filter]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
