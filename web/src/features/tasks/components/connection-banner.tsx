/**
 * Says when what is shown may be old: without a network, or with a server that does not answer.
 */
import { onlineManager } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { describeFailure, isPassing } from "#shared/api/failures.ts";
import { Banner } from "#shared/ui/banner.tsx";

type Props = {
  /** Why the list could not be refreshed, or `null` if it was. */
  readonly failure: unknown;
  readonly loadedAt: number;
};

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

export function ConnectionBanner({ failure, loadedAt }: Props) {
  const online = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  return (
    <Banner>
      {!online ? (
        <>
          <strong className="font-semibold">You’re offline.</strong> Keep this page open: changes are sent when you’re
          online again.
        </>
      ) : failure !== null ? (
        <>
          <strong className="font-semibold">{describeFailure(failure)}</strong> This is your list as of{" "}
          {TIME.format(loadedAt)}.{isPassing(failure) ? " Trying again automatically." : ""}
        </>
      ) : null}
    </Banner>
  );
}
