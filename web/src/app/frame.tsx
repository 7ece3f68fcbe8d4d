/**
 * The layout of every page: skip link, header with logo, and main content.
 */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { BrandMark } from "#shared/ui/icons.tsx";

type Props = { readonly aside?: ReactNode; readonly children: ReactNode };

export function Frame({ aside, children }: Props) {
  return (
    <div className="mx-auto min-h-dvh max-w-6xl lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] lg:px-8">
      <a
        href="#content"
        className="sr-only rounded-md bg-toast px-4 py-3 text-on-toast focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-30"
      >
        Skip to content
      </a>
      <header className="flex items-center justify-between border-b border-border bg-surface lg:sticky lg:top-0 lg:h-dvh lg:flex-col lg:items-stretch lg:border-0 lg:bg-transparent lg:py-12 lg:pe-8">
        <Link to="/" className="flex min-h-14 items-center font-serif text-xl tracking-[-0.01em] lg:min-h-11">
          <span className="flex w-(--margin-width) justify-center lg:w-auto lg:pe-3">
            <BrandMark />
          </span>
          <span className="ps-3 sm:ps-5 lg:ps-0">Taskward</span>
        </Link>
        {aside}
      </header>
      <main
        id="content"
        tabIndex={-1}
        className="margin-rule flex min-h-[calc(100dvh-3.5rem)] flex-col border-border bg-surface outline-none lg:min-h-dvh lg:border-x"
      >
        {children}
        <div aria-hidden="true" className="ruled-lines min-h-28 flex-1" />
      </main>
    </div>
  );
}
