/**
 * The ways in which asking the auth server can fail, apart because the app does different things on each.
 *
 * Invariant: only `SessionEnded` ever leads to the sign-in page. A server that is away or busy is not a sign-out.
 */

/** The auth server said that there is no session any more, or the session is now another user's. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
  constructor() {
    super("The session ended.");
  }
}

/** The auth server did not answer, or answered that it cannot. */
export class AuthUnavailable extends Error {
  override readonly name = "AuthUnavailable";
  constructor(options?: ErrorOptions) {
    super("The auth server cannot be reached.", options);
  }
}

/** The auth server wants us to wait. */
export class AuthRateLimited extends Error {
  override readonly name = "AuthRateLimited";
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super("The auth server asks to wait.");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The auth server understood and said no: a wrong password, an address that is taken, and so on. */
export class AuthRefused extends Error {
  override readonly name = "AuthRefused";
  readonly status: number;
  /** Better Auth's own code, such as `INVALID_EMAIL_OR_PASSWORD`. */
  readonly code: string;
  constructor(status: number, code: string) {
    super("The auth server refused.");
    this.status = status;
    this.code = code;
  }
}
