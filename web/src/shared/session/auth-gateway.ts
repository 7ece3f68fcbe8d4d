/**
 * The only module that sends requests to Better Auth. It uses Better Auth's client.
 *
 * It maps responses to values or to the errors of `failures.ts`. It is stateless: the session cookie is HttpOnly, and the
 * caller stores the JWT.
 */
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { AuthRateLimited, AuthRefused, AuthUnavailable, SessionEnded } from "./failures.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** The part of Better Auth's user that the app uses. */
export type User = { readonly id: string; readonly name: string; readonly email: string };

export type SignInInput = { readonly email: string; readonly password: string };
export type SignUpInput = SignInInput & { readonly name: string };

export type AuthGateway = {
  /** Returns the user of the session cookie, or `null` without a session. */
  findUser(): Promise<User | null>;
  /** Returns a new JWT for the session cookie. Throws `SessionEnded` without a session. */
  issueToken(): Promise<string>;
  signIn(input: SignInInput): Promise<User>;
  signUp(input: SignUpInput): Promise<User>;
  signOut(): Promise<void>;
};

const REQUEST_TIMEOUT_MS = 15_000;

export function createAuthGateway(origin: string): AuthGateway {
  const client = createAuthClient({
    baseURL: origin,
    plugins: [jwtClient()],
    fetchOptions: { timeout: REQUEST_TIMEOUT_MS },
  });
  return {
    async findUser() {
      const found = await request((fetchOptions) => client.getSession({ fetchOptions }));
      return found === null ? null : toUser(found.user);
    },
    async issueToken() {
      try {
        const { token } = await requestData((fetchOptions) => client.token({ fetchOptions }));
        return token;
      } catch (failure) {
        if (failure instanceof AuthRefused && failure.status === 401) throw new SessionEnded();
        throw failure;
      }
    },
    async signIn(input) {
      return toUser((await requestData((fetchOptions) => client.signIn.email({ ...input, fetchOptions }))).user);
    },
    async signUp(input) {
      return toUser((await requestData((fetchOptions) => client.signUp.email({ ...input, fetchOptions }))).user);
    },
    async signOut() {
      await request((fetchOptions) => client.signOut({ fetchOptions }));
    },
  };
}

type Hooks = { readonly onResponse: (context: { readonly response: Response }) => void };
type Result<T> = {
  readonly data: T | null;
  readonly error: { readonly status: number; readonly code?: string | undefined } | null;
};

/** As `request`, for endpoints that always return data on success. */
async function requestData<T>(send: (hooks: Hooks) => Promise<Result<T>>): Promise<T> {
  const data = await request(send);
  if (data === null) throw new AuthUnavailable();
  return data;
}

/** Sends one request and maps its error to one of `failures.ts`. */
async function request<T>(send: (hooks: Hooks) => Promise<Result<T>>): Promise<T | null> {
  let retryAfter: number | null = null;
  let result: Result<T>;
  try {
    result = await send({
      onResponse: ({ response }) => {
        retryAfter = retryAfterSeconds(response.headers);
      },
    });
  } catch (cause) {
    throw new AuthUnavailable({ cause });
  }
  if (result.error === null) return result.data;
  const { status, code } = result.error;
  if (status === 429) throw new AuthRateLimited(retryAfter ?? DEFAULT_RETRY_AFTER_SECONDS);
  if (status >= 400 && status < 500) throw new AuthRefused(status, code ?? "");
  throw new AuthUnavailable();
}

/** Better Auth's default rate limit window. Used if the response has no retry header. */
const DEFAULT_RETRY_AFTER_SECONDS = 10;

function toUser({ id, name, email }: User): User {
  return { id, name, email };
}
