/**
 * The signed-in user and the JWT for API requests.
 *
 * Invariants: the JWT is kept in memory only; the caller of `token` names the user, so a request started for one user is
 * never sent with another user's token; at most one renewal runs at a time, across all tabs; a session ends only if the
 * auth server reports that there is none, or the user signs out.
 */
import type { AuthGateway, User } from "./auth-gateway.ts";
import { AuthRateLimited, AuthUnavailable, SessionEnded } from "./failures.ts";
import type { TabChannel, TabMessage } from "./tabs.ts";
import type { TextStorage } from "./text-storage.ts";
import { type AccessToken, parseToken } from "./token.ts";

export type SessionState =
  | { readonly status: "checking" }
  | { readonly status: "unreachable" }
  | { readonly status: "signed-in"; readonly user: User }
  | { readonly status: "signed-out"; readonly reason: "no-session" | "session-ended" | "signed-out" };

export type SessionParts = {
  readonly gateway: AuthGateway;
  readonly tabs: TabChannel;
  /** A user's texts are deleted when the user signs out or another user signs in. */
  readonly textStorage: TextStorage;
  readonly now: () => number;
};

/** Delay before the next renewal if one failed and the current JWT is still valid. */
const RENEWAL_RETRY_MS = 5_000;

export class Session {
  readonly #gateway: AuthGateway;
  readonly #tabs: TabChannel;
  readonly #textStorage: TextStorage;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { status: "checking" };
  #token: AccessToken | null = null;
  #renewal: Promise<AccessToken> | null = null;
  #retryAt = 0;
  #stateVersion = 0;

  constructor({ gateway, tabs, textStorage, now }: SessionParts) {
    this.#gateway = gateway;
    this.#tabs = tabs;
    this.#textStorage = textStorage;
    this.#now = now;
    tabs.onMessage((message) => this.#handleMessage(message));
  }

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Loads the signed-in user. Sets the state to `unreachable` if the auth server does not respond. */
  async check(): Promise<void> {
    this.#stateVersion += 1;
    const version = this.#stateVersion;
    const found = await this.#gateway.findUser().then(
      (user): SessionState =>
        user === null ? { status: "signed-out", reason: "no-session" } : { status: "signed-in", user },
      (): SessionState => ({ status: "unreachable" }),
    );
    // A later check or a sign-in has newer information.
    if (version === this.#stateVersion) this.#setState(found);
  }

  /** Call after a successful sign-in. */
  start(user: User): void {
    this.#setState({ status: "signed-in", user });
    this.#tabs.post({ type: "signed-in", userId: user.id });
  }

  /** Ends the session at the auth server, then in all tabs. */
  async signOut(): Promise<void> {
    await this.#gateway.signOut();
    this.#end("signed-out");
    this.#tabs.post({ type: "signed-out" });
  }

  /** Returns a JWT of `userId`. Renews it if it expires soon or equals `rejected`, the JWT that the API did not accept. */
  async token(userId: string, rejected?: string): Promise<string> {
    if (!this.#isSignedIn(userId)) throw new SessionEnded();
    const token = this.#token;
    if (token !== null && this.#isFresh(token, rejected)) return token.jwt;
    const usable = token !== null && token.jwt !== rejected && this.#now() < token.expiresAt ? token : null;
    if (usable !== null && this.#now() < this.#retryAt) return usable.jwt;
    try {
      return (await this.#renewOnce(userId, rejected)).jwt;
    } catch (failure) {
      if (usable === null || failure instanceof SessionEnded) throw failure;
      const delay = failure instanceof AuthRateLimited ? failure.retryAfterSeconds * 1000 : RENEWAL_RETRY_MS;
      this.#retryAt = this.#now() + delay;
      return usable.jwt;
    }
  }

  /** Concurrent callers share one renewal. */
  #renewOnce(userId: string, rejected: string | undefined): Promise<AccessToken> {
    if (this.#renewal !== null) return this.#renewal;
    const renewal = this.#tabs
      .withLock(() => this.#renew(userId, rejected))
      .finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      });
    this.#renewal = renewal;
    return renewal;
  }

  async #renew(userId: string, rejected: string | undefined): Promise<AccessToken> {
    // Another tab may have renewed while this one waited for the lock.
    if (this.#token !== null && this.#isFresh(this.#token, rejected)) return this.#token;
    let jwt: string;
    try {
      jwt = await this.#gateway.issueToken();
    } catch (failure) {
      if (failure instanceof SessionEnded && this.#isSignedIn(userId)) this.#end("session-ended");
      throw failure;
    }
    if (!this.#isSignedIn(userId)) throw new SessionEnded();
    const fresh = parseToken(jwt, this.#now());
    if (fresh === null) throw new AuthUnavailable();
    if (fresh.userId !== userId) {
      this.#recheck();
      throw new SessionEnded();
    }
    this.#token = fresh;
    this.#tabs.post({ type: "token", token: fresh });
    return fresh;
  }

  #isFresh(token: AccessToken, rejected: string | undefined): boolean {
    return token.jwt !== rejected && this.#now() < token.renewAt;
  }

  #isSignedIn(userId: string): boolean {
    return this.#state.status === "signed-in" && this.#state.user.id === userId;
  }

  #handleMessage(message: TabMessage): void {
    switch (message.type) {
      case "token":
        if (this.#isSignedIn(message.token.userId)) this.#token = message.token;
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

  /** The session cookie changed: stop showing the current user and load the user again. */
  #recheck(): void {
    this.#setState({ status: "checking" });
    void this.check();
  }

  /** Stored texts are deleted only if the user signed out; they survive an expired session. */
  #end(reason: "session-ended" | "signed-out"): void {
    const userId = this.#state.status === "signed-in" ? this.#state.user.id : null;
    this.#setState({ status: "signed-out", reason });
    if (userId !== null && reason === "signed-out") this.#textStorage.clear(userId);
  }

  #setState(next: SessionState): void {
    this.#stateVersion += 1;
    const isSameUser = next.status === "signed-in" && this.#isSignedIn(next.user.id);
    if (!isSameUser) {
      this.#token = null;
      this.#renewal = null;
      this.#retryAt = 0;
    }
    this.#state = next;
    if (next.status === "signed-in") this.#textStorage.clearOthers(next.user.id);
    for (const listener of this.#listeners) listener();
  }
}
