/**
 * Pages without a feature: not found, server unreachable at start, unexpected error.
 */
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useEffectEvent } from "react";
import { useSession } from "#shared/session/context.tsx";
import { Button } from "#shared/ui/button.tsx";
import { PageHeading } from "#shared/ui/page-heading.tsx";
import { Frame } from "./frame.tsx";

export function NotFoundPage() {
  return (
    <PlainPage title="Page not found">
      <p>There is no page at this address.</p>
      <p className="mt-5">
        <Link to="/" className="font-medium text-accent underline underline-offset-4 hover:text-accent-strong">
          Go to your tasks
        </Link>
      </p>
    </PlainPage>
  );
}

/** Exponential backoff between attempts to reach the server. */
const INITIAL_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 30_000;

export function UnreachablePage() {
  const { session } = useSession();
  const check = useEffectEvent(() => session.check());
  useEffect(() => {
    let backoff = INITIAL_BACKOFF_MS;
    let timer = setTimeout(retry, backoff);
    function retry() {
      void check();
      backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
      timer = setTimeout(retry, backoff);
    }
    return () => clearTimeout(timer);
  }, []);
  return (
    <PlainPage title="Taskward can’t be reached">
      <p>The server does not respond. This page tries again automatically.</p>
      <Button className="mt-5" onClick={() => void session.check()}>
        Try again
      </Button>
    </PlainPage>
  );
}

export function ErrorPage() {
  return (
    <PlainPage title="Something went wrong">
      <p>This page has failed with an unexpected error. Tasks that were saved are not affected.</p>
      <Button className="mt-5" onClick={() => window.location.reload()}>
        Reload the page
      </Button>
    </PlainPage>
  );
}

function PlainPage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Frame>
      <div className="margin-grid">
        <div className="col-start-2 max-w-prose ps-3 pe-4 pt-8 sm:ps-5 sm:pt-12">
          <PageHeading>{title}</PageHeading>
          <div className="mt-3 text-muted">{children}</div>
        </div>
      </div>
    </Frame>
  );
}
