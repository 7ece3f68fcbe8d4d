/**
 * What the tabs of one browser tell each other, and how they take turns.
 *
 * Tabs share the session cookie but not memory. Without this each would renew its own JWT, and the auth server counts those
 * calls per address. A JWT travels from tab to tab through a `BroadcastChannel`, which stays inside this origin and is
 * never written anywhere.
 */
import type { HeldToken } from "./token.ts";

export type TabMessage =
  | { readonly type: "token"; readonly token: HeldToken }
  | { readonly type: "signed-in"; readonly userId: string }
  | { readonly type: "signed-out" };

/** The other tabs of this browser. */
export type Tabs = {
  tell(message: TabMessage): void;
  listen(hear: (message: TabMessage) => void): void;
  /** Runs `work` while no other tab runs its own. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
};

const NAME = "taskward.session";

/** The real neighbours. `locks` is absent where the page is not a secure context; tabs then renew on their own. */
export function openTabs(locks: LockManager | undefined): Tabs {
  const channel = new BroadcastChannel(NAME);
  return {
    tell(message) {
      channel.postMessage(message);
    },
    listen(hear) {
      channel.addEventListener("message", (event: MessageEvent<TabMessage>) => hear(event.data));
    },
    async inTurn(work) {
      return locks === undefined ? work() : locks.request(NAME, work);
    },
  };
}
