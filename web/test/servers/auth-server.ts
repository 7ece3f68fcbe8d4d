/**
 * An auth server that answers like Better Auth and can be told to misbehave. It holds one session, as one browser does.
 */
import type { RequestListener } from "node:http";
import { answer, listen } from "./listen.ts";

export type TestUser = { readonly id: string; readonly name: string; readonly email: string };

export const ALICE: TestUser = { id: "alice-id", name: "Alice", email: "alice@example.com" };
export const BOB: TestUser = { id: "bob-id", name: "Bob", email: "bob@example.com" };

export type AuthServer = {
  readonly origin: string;
  /** Whose session the browser's cookie names. */
  user: TestUser | null;
  /** Who the next sign-in signs in; nobody: it is refused. */
  nextUser: TestUser | null;
  /** What the next answers are instead of the right ones. */
  trouble: { readonly status: number; readonly retryAfter?: number } | "no-answer" | null;
  /** Life of the tokens, in seconds. */
  life: number;
  /** How many tokens were asked for. */
  tokens: number;
};

/** Starts it, with `others` answering what is not about accounts, as on the one origin of the real thing. */
export async function startAuthServer(others?: RequestListener): Promise<AuthServer> {
  const server = { origin: "", user: ALICE, nextUser: null, trouble: null, life: 900, tokens: 0 } as AuthServer;
  const origin = await listen((request, response) => {
    const path = new URL(request.url ?? "/", "http://auth.invalid").pathname;
    if (others !== undefined && !path.startsWith("/api/auth/")) {
      others(request, response);
      return;
    }
    if (path === "/api/auth/token") server.tokens += 1;
    if (server.trouble === "no-answer") {
      request.socket.destroy();
      return;
    }
    if (server.trouble !== null) {
      const { status, retryAfter } = server.trouble;
      answer(response, status, {}, retryAfter === undefined ? {} : { "x-retry-after": String(retryAfter) });
      return;
    }
    switch (path) {
      case "/api/auth/get-session":
        answer(response, 200, server.user === null ? null : { session: {}, user: server.user });
        return;
      case "/api/auth/token":
        if (server.user === null) answer(response, 401, { code: "UNAUTHORIZED", message: "Unauthorized" });
        else answer(response, 200, { token: issue(server.user, server.life, server.tokens) });
        return;
      case "/api/auth/sign-in/email":
        server.user = server.nextUser;
        if (server.user === null) answer(response, 401, { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid" });
        else answer(response, 200, { redirect: false, token: "opaque", user: server.user });
        return;
      case "/api/auth/sign-out":
        server.user = null;
        answer(response, 200, { success: true });
        return;
      default:
        answer(response, 404, {});
    }
  });
  return Object.assign(server, { origin });
}

/** Looks like a token to a client; nobody here checks signatures. */
function issue(user: TestUser, life: number, serial: number): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = 1_800_000_000;
  return `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user.id, name: "Zoë ✓", iat, exp: iat + life, serial })}.sig`;
}
