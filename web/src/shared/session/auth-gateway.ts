/**
 * The only module that talks to Better Auth, through its own client.
 *
 * It turns Better Auth's answers into values or into the failures of `failures.ts`, and decides nothing. It keeps no state:
 * the session cookie is HttpOnly and out of reach, and the JWT is handed to the caller.
 */
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { AuthRateLimited, AuthRefused, AuthUnavailable, SessionEnded } from "./failures.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** Who is signed in, as Better Auth knows them. */
export type User = { readonly id: string; readonly name: string; readonly email: string };

export type SignInInput = { readonly email: string; readonly password: string };
export type SignUpInput = SignInInput & { readonly name: string };

/** The questions the app asks the auth server. */
export type AuthGateway = {
  /** The user of the session cookie, or `null` without a session. */
  findUser(): Promise<User | null>;
  /** A fresh JWT for the session cookie. Throws `SessionEnded` without a session. */
  issueToken(): Promise<string>;
  signIn(input: SignInInput): Promise<User>;
  signUp(input: SignUpInput): Promise<User>;
  signOut(): Promise<void>;
};

const ANSWER_WITHIN_MS = 15_000;

/** Talks to the Better Auth server behind `origin`. */
export function createAuthGateway(origin: string): AuthGateway {
  const client = createAuthClient({
    baseURL: origin,
    plugins: [jwtClient()],
    fetchOptions: { timeout: ANSWER_WITHIN_MS },
  });
  return {
    async findUser() {
      const answer = await ask((fetchOptions) => client.getSession({ fetchOptions }));
      return answer === null ? null : toUser(answer.user);
    },
    async issueToken() {
      try {
        const { token } = await demand((fetchOptions) => client.token({ fetchOptions }));
        return token;
      } catch (failure) {
        if (failure instanceof AuthRefused && failure.status === 401) throw new SessionEnded();
        throw failure;
      }
    },
    async signIn(input) {
      return toUser((await demand((fetchOptions) => client.signIn.email({ ...input, fetchOptions }))).user);
    },
    async signUp(input) {
      return toUser((await demand((fetchOptions) => client.signUp.email({ ...input, fetchOptions }))).user);
    },
    async signOut() {
      await ask((fetchOptions) => client.signOut({ fetchOptions }));
    },
  };
}

type Hooks = { readonly onResponse: (context: { readonly response: Response }) => void };
type Answer<T> = {
  readonly data: T | null;
  readonly error: { readonly status: number; readonly code?: string | undefined } | null;
};

/** Asks for something that a success always brings. */
async function demand<T>(send: (hooks: Hooks) => Promise<Answer<T>>): Promise<T> {
  const data = await ask(send);
  if (data === null) throw new AuthUnavailable();
  return data;
}

/** Sends one question and sorts what can go wrong with it. */
async function ask<T>(send: (hooks: Hooks) => Promise<Answer<T>>): Promise<T | null> {
  let retryAfter: number | null = null;
  let answer: Answer<T>;
  try {
    answer = await send({
      onResponse: ({ response }) => {
        retryAfter = retryAfterSeconds(response.headers);
      },
    });
  } catch (cause) {
    throw new AuthUnavailable({ cause });
  }
  if (answer.error === null) return answer.data;
  const { status, code } = answer.error;
  if (status === 429) throw new AuthRateLimited(retryAfter ?? DEFAULT_WAIT_SECONDS);
  if (status >= 400 && status < 500) throw new AuthRefused(status, code ?? "");
  throw new AuthUnavailable();
}

/** Better Auth's own window, for an answer that does not say how long to wait. */
const DEFAULT_WAIT_SECONDS = 10;

function toUser({ id, name, email }: User): User {
  return { id, name, email };
}
