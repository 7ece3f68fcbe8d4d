/**
 * Who is signed in, and the JWT that says so to the API.
 *
 * Invariants: the JWT lives in this closure and nowhere else; it is handed out only to code that names the user it works
 * for, so a request begun for one user never leaves with another user's token; one renewal runs at a time, in this tab
 * and across tabs; only the auth server's own "no session" ends a session.
 */
import type { AuthGateway, User } from "./auth-gateway.ts";
import { AuthRateLimited, AuthUnavailable, SessionEnded } from "./failures.ts";
import type { KeptTexts } from "./kept-texts.ts";
import type { TabMessage, Tabs } from "./tabs.ts";
import { type HeldToken, holdToken } from "./token.ts";

export type SessionState =
  | { readonly status: "checking" }
  | { readonly status: "unreachable" }
  | { readonly status: "signed-in"; readonly user: User }
  | { readonly status: "signed-out"; readonly because: "no-session" | "session-ended" | "signed-out" };

export type Session = {
  state(): SessionState;
  subscribe(listener: () => void): () => void;
  /** Finds out who is signed in. Resolves once that is known or the auth server turned out to be away. */
  check(): Promise<void>;
  /** Takes note of a sign-in that just succeeded. */
  begin(user: User): void;
  /** Ends the session at the auth server and forgets it here and in the other tabs. */
  signOut(): Promise<void>;
  /** A JWT of `userId`, renewed if it is about to expire or is the one the API just `rejected`. */
  token(userId: string, rejected?: string): Promise<string>;
};

export type SessionParts = {
  readonly gateway: AuthGateway;
  readonly tabs: Tabs;
  /** Emptied of a user's texts when they sign out or another comes. */
  readonly keptTexts: KeptTexts;
  readonly now: () => number;
};

/** After a renewal failed while the old JWT still works, the next attempt waits this long. */
const PAUSE_AFTER_FAILURE_MS = 5_000;

export function createSession({ gateway, tabs, keptTexts, now }: SessionParts): Session {
  const listeners = new Set<() => void>();
  let state: SessionState = { status: "checking" };
  let held: HeldToken | null = null;
  let renewal: Promise<HeldToken> | null = null;
  let pausedUntil = 0;

  function become(next: SessionState): void {
    const stays = next.status === "signed-in" && isSignedIn(next.user.id);
    if (!stays) {
      held = null;
      renewal = null;
      pausedUntil = 0;
    }
    state = next;
    if (next.status === "signed-in") keptTexts.forgetAllBut(next.user.id);
    for (const listener of listeners) listener();
  }

  function isSignedIn(userId: string): boolean {
    return state.status === "signed-in" && state.user.id === userId;
  }

  async function check(): Promise<void> {
    try {
      const user = await gateway.findUser();
      become(user === null ? { status: "signed-out", because: "no-session" } : { status: "signed-in", user });
    } catch {
      become({ status: "unreachable" });
    }
  }

  /** Forgets the user, whose data goes too if they left on purpose. */
  function end(because: "session-ended" | "signed-out"): void {
    const leaving = state.status === "signed-in" ? state.user.id : null;
    become({ status: "signed-out", because });
    if (leaving !== null && because === "signed-out") keptTexts.forget(leaving);
  }

  /** The cookie is not what this tab believed: drop everything shown and look again. */
  function recheck(): void {
    become({ status: "checking" });
    void check();
  }

  function hear(message: TabMessage): void {
    switch (message.type) {
      case "token":
        if (isSignedIn(message.token.userId)) held = message.token;
        return;
      case "signed-in":
        if (!isSignedIn(message.userId)) recheck();
        return;
      case "signed-out":
        if (state.status === "signed-in") end("signed-out");
        return;
    }
  }

  async function renew(userId: string, rejected: string | undefined): Promise<HeldToken> {
    return tabs.inTurn(async () => {
      // Another tab may have renewed while this one waited for its turn.
      if (held !== null && isFresh(held, rejected)) return held;
      let jwt: string;
      try {
        jwt = await gateway.issueToken();
      } catch (failure) {
        if (failure instanceof SessionEnded && isSignedIn(userId)) end("session-ended");
        throw failure;
      }
      if (!isSignedIn(userId)) throw new SessionEnded();
      const fresh = holdToken(jwt, now());
      if (fresh === null) throw new AuthUnavailable();
      if (fresh.userId !== userId) {
        recheck();
        throw new SessionEnded();
      }
      held = fresh;
      tabs.tell({ type: "token", token: fresh });
      return fresh;
    });
  }

  function isFresh(token: HeldToken, rejected: string | undefined): boolean {
    return token.jwt !== rejected && now() < token.renewAt;
  }

  /** All who ask while a renewal runs share its result. */
  function renewOnce(userId: string, rejected: string | undefined): Promise<HeldToken> {
    if (renewal !== null) return renewal;
    const begun = renew(userId, rejected).finally(() => {
      if (renewal === begun) renewal = null;
    });
    renewal = begun;
    return begun;
  }

  async function token(userId: string, rejected?: string): Promise<string> {
    if (!isSignedIn(userId)) throw new SessionEnded();
    if (held !== null && isFresh(held, rejected)) return held.jwt;
    const usable = held !== null && held.jwt !== rejected && now() < held.expiresAt ? held : null;
    if (usable !== null && now() < pausedUntil) return usable.jwt;
    try {
      return (await renewOnce(userId, rejected)).jwt;
    } catch (failure) {
      if (usable === null || failure instanceof SessionEnded) throw failure;
      const wait = failure instanceof AuthRateLimited ? failure.retryAfterSeconds * 1000 : PAUSE_AFTER_FAILURE_MS;
      pausedUntil = now() + wait;
      return usable.jwt;
    }
  }

  tabs.listen(hear);
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    check,
    begin(user) {
      become({ status: "signed-in", user });
      tabs.tell({ type: "signed-in", userId: user.id });
    },
    async signOut() {
      await gateway.signOut();
      end("signed-out");
      tabs.tell({ type: "signed-out" });
    },
    token,
  };
}
