/**
 * Says when what is shown may be old: without a network, or with a server that does not answer.
 */
import { onlineManager } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { Banner } from "#shared/ui/banner.tsx";

type Props = { readonly failed: boolean; readonly loadedAt: number };

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

export function ConnectionBanner({ failed, loadedAt }: Props) {
  const online = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  return (
    <Banner>
      {!online ? (
        <>
          <strong className="font-semibold">You’re offline.</strong> Keep this page open: changes are sent when you’re
          back.
        </>
      ) : failed ? (
        <>
          <strong className="font-semibold">Taskward can’t be reached.</strong> You see your list as of{" "}
          {TIME.format(loadedAt)}. Trying again by itself.
        </>
      ) : null}
    </Banner>
  );
}
