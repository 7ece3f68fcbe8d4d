/**
 * Warns that the list may be out of date because the browser is offline or the last refetch failed.
 */
import { onlineManager } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { describeFailure, isTransient } from "#shared/api/failures.ts";
import { Banner } from "#shared/ui/banner.tsx";

type Props = {
  /** The error of the last refetch, or `null` if it succeeded. */
  readonly failure: unknown;
  readonly loadedAt: number;
};

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

export function ConnectionBanner({ failure, loadedAt }: Props) {
  const isOnline = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  return (
    <Banner>
      {!isOnline ? (
        <>
          <strong className="font-semibold">You’re offline.</strong> Keep this page open: changes are sent when you’re
          online again.
        </>
      ) : failure !== null ? (
        <>
          <strong className="font-semibold">{describeFailure(failure)}</strong> This is your list as of{" "}
          {TIME.format(loadedAt)}.{isTransient(failure) ? " Trying again automatically." : ""}
        </>
      ) : null}
    </Banner>
  );
}
