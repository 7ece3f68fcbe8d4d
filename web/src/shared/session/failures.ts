/**
 * Errors of requests to the auth server. There is one class for each case that the app handles differently.
 *
 * Invariant: only `SessionEnded` leads to the sign-in page. An unavailable or busy server does not sign the user out.
 */

/** The session no longer exists, or it now belongs to another user. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
  constructor() {
    super("The session ended.");
  }
}

/** The auth server did not respond, or it responded with a server error. */
export class AuthUnavailable extends Error {
  override readonly name = "AuthUnavailable";
  constructor(options?: ErrorOptions) {
    super("The auth server cannot be reached.", options);
  }
}

/** The auth server rejected the request because of a rate limit. */
export class AuthRateLimited extends Error {
  override readonly name = "AuthRateLimited";
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super("The auth server's rate limit is exceeded.");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The auth server rejected the request with a 4xx status, for example because of a wrong password. */
export class AuthRefused extends Error {
  override readonly name = "AuthRefused";
  readonly status: number;
  /** Better Auth's error code, such as `INVALID_EMAIL_OR_PASSWORD`. */
  readonly code: string;
  constructor(status: number, code: string) {
    super(`The auth server rejected the request (${code || status}).`);
    this.status = status;
    this.code = code;
  }
}
