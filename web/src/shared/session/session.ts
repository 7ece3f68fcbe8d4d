/**
 * Who is signed in, and the JWT that says so to the API.
 *
 * Invariants: the JWT lives in a private field here and nowhere else; it is handed out only to code that names the user it works
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

export type SessionParts = {
  readonly gateway: AuthGateway;
  readonly tabs: Tabs;
  /** Emptied of a user's texts when they sign out or another comes. */
  readonly keptTexts: KeptTexts;
  readonly now: () => number;
};

/** After a renewal failed while the old JWT still works, the next attempt waits this long. */
const PAUSE_AFTER_FAILURE_MS = 5_000;

export class Session {
  readonly #gateway: AuthGateway;
  readonly #tabs: Tabs;
  readonly #keptTexts: KeptTexts;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { status: "checking" };
  #held: HeldToken | null = null;
  #renewal: Promise<HeldToken> | null = null;
  #pausedUntil = 0;
  #checks = 0;

  constructor({ gateway, tabs, keptTexts, now }: SessionParts) {
    this.#gateway = gateway;
    this.#tabs = tabs;
    this.#keptTexts = keptTexts;
    this.#now = now;
    tabs.listen((message) => this.#hear(message));
  }

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Finds out who is signed in. Resolves once that is known or the auth server turned out to be away. */
  async check(): Promise<void> {
    this.#checks += 1;
    const own = this.#checks;
    const found = await this.#gateway.findUser().then(
      (user): SessionState =>
        user === null ? { status: "signed-out", because: "no-session" } : { status: "signed-in", user },
      (): SessionState => ({ status: "unreachable" }),
    );
    // What a later check or a sign-in found out is newer.
    if (own === this.#checks) this.#become(found);
  }

  /** Takes note of a sign-in that just succeeded. */
  begin(user: User): void {
    this.#become({ status: "signed-in", user });
    this.#tabs.tell({ type: "signed-in", userId: user.id });
  }

  /** Ends the session at the auth server and forgets it here and in the other tabs. */
  async signOut(): Promise<void> {
    await this.#gateway.signOut();
    this.#end("signed-out");
    this.#tabs.tell({ type: "signed-out" });
  }

  /** A JWT of `userId`, renewed if it is about to expire or is the one the API just `rejected`. */
  async token(userId: string, rejected?: string): Promise<string> {
    if (!this.#isSignedIn(userId)) throw new SessionEnded();
    const held = this.#held;
    if (held !== null && this.#isFresh(held, rejected)) return held.jwt;
    const usable = held !== null && held.jwt !== rejected && this.#now() < held.expiresAt ? held : null;
    if (usable !== null && this.#now() < this.#pausedUntil) return usable.jwt;
    try {
      return (await this.#renewOnce(userId, rejected)).jwt;
    } catch (failure) {
      if (usable === null || failure instanceof SessionEnded) throw failure;
      const wait = failure instanceof AuthRateLimited ? failure.retryAfterSeconds * 1000 : PAUSE_AFTER_FAILURE_MS;
      this.#pausedUntil = this.#now() + wait;
      return usable.jwt;
    }
  }

  /** All who ask while a renewal runs share its result. */
  #renewOnce(userId: string, rejected: string | undefined): Promise<HeldToken> {
    if (this.#renewal !== null) return this.#renewal;
    const begun = this.#tabs
      .inTurn(() => this.#renew(userId, rejected))
      .finally(() => {
        if (this.#renewal === begun) this.#renewal = null;
      });
    this.#renewal = begun;
    return begun;
  }

  async #renew(userId: string, rejected: string | undefined): Promise<HeldToken> {
    // Another tab may have renewed while this one waited for its turn.
    if (this.#held !== null && this.#isFresh(this.#held, rejected)) return this.#held;
    let jwt: string;
    try {
      jwt = await this.#gateway.issueToken();
    } catch (failure) {
      if (failure instanceof SessionEnded && this.#isSignedIn(userId)) this.#end("session-ended");
      throw failure;
    }
    if (!this.#isSignedIn(userId)) throw new SessionEnded();
    const fresh = holdToken(jwt, this.#now());
    if (fresh === null) throw new AuthUnavailable();
    if (fresh.userId !== userId) {
      this.#recheck();
      throw new SessionEnded();
    }
    this.#held = fresh;
    this.#tabs.tell({ type: "token", token: fresh });
    return fresh;
  }

  #isFresh(token: HeldToken, rejected: string | undefined): boolean {
    return token.jwt !== rejected && this.#now() < token.renewAt;
  }

  #isSignedIn(userId: string): boolean {
    return this.#state.status === "signed-in" && this.#state.user.id === userId;
  }

  #hear(message: TabMessage): void {
    switch (message.type) {
      case "token":
        if (this.#isSignedIn(message.token.userId)) this.#held = message.token;
        return;
      case "signed-in":
        if (!this.#isSignedIn(message.userId)) this.#recheck();
        return;
      case "signed-out":
        if (this.#state.status === "signed-in") this.#end("signed-out");
        else if (this.#state.status === "checking") this.#recheck();
        return;
    }
  }

  /** The cookie is not what this tab believed: drop everything shown and look again. */
  #recheck(): void {
    this.#become({ status: "checking" });
    void this.check();
  }

  /** Forgets the user; what they had typed goes too if they left on purpose. */
  #end(because: "session-ended" | "signed-out"): void {
    const leaving = this.#state.status === "signed-in" ? this.#state.user.id : null;
    this.#become({ status: "signed-out", because });
    if (leaving !== null && because === "signed-out") this.#keptTexts.forget(leaving);
  }

  #become(next: SessionState): void {
    this.#checks += 1;
    const stays = next.status === "signed-in" && this.#isSignedIn(next.user.id);
    if (!stays) {
      this.#held = null;
      this.#renewal = null;
      this.#pausedUntil = 0;
    }
    this.#state = next;
    if (next.status === "signed-in") this.#keptTexts.forgetAllBut(next.user.id);
    for (const listener of this.#listeners) listener();
  }
}
