/**
 * Messages and a lock shared by the tabs of one browser.
 *
 * Tabs share the session cookie but not memory. Without this module each tab would renew its own JWT, and the auth server
 * rate-limits those requests by address. JWTs are sent through a `BroadcastChannel`, which is limited to this origin and
 * stores nothing.
 */
import type { AccessToken } from "./token.ts";

export type TabMessage =
  | { readonly type: "token"; readonly token: AccessToken }
  | { readonly type: "signed-in"; readonly userId: string }
  | { readonly type: "signed-out" };

export type TabChannel = {
  /** Sends to all other tabs. */
  post(message: TabMessage): void;
  onMessage(handler: (message: TabMessage) => void): void;
  /** Runs `work` while it holds the lock that all tabs share. */
  withLock<T>(work: () => Promise<T>): Promise<T>;
};

const NAME = "taskward.session";

/** `locks` is undefined outside a secure context. Each tab then renews without the lock. */
export function openTabChannel(locks: LockManager | undefined): TabChannel {
  const channel = new BroadcastChannel(NAME);
  return {
    post(message) {
      channel.postMessage(message);
    },
    onMessage(handler) {
      channel.addEventListener("message", (event: MessageEvent<TabMessage>) => handler(event.data));
    },
    async withLock(work) {
      return locks === undefined ? work() : locks.request(NAME, work);
    },
  };
}
