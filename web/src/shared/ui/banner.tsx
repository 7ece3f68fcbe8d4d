/**
 * A strip for status messages: offline, server unreachable, session ended.
 *
 * Invariant: the live region is rendered even when empty, because screen readers announce only changes to an existing one.
 */
import type { ReactNode } from "react";

export function Banner({ children }: { readonly children: ReactNode }) {
  return (
    <div role="status" className="sticky top-0 z-10">
      {children === null ? null : (
        <div className="animate-enter border-b border-border bg-accent-subtle px-4 py-2.5 text-sm sm:px-6">
          {children}
        </div>
      )}
    </div>
  );
}
