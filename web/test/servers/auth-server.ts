/**
 * A fake Better Auth server with fault injection and one session.
 */
import type { RequestListener } from "node:http";
import { listen, respond } from "./listen.ts";

export type TestUser = { readonly id: string; readonly name: string; readonly email: string };

export const ALICE: TestUser = { id: "alice-id", name: "Alice", email: "alice@example.com" };
export const BOB: TestUser = { id: "bob-id", name: "Bob", email: "bob@example.com" };

export type AuthServer = {
  origin: string;
  /** The user of the current session. */
  user: TestUser | null;
  /** The user of the next sign-in. If `null`, the sign-in is rejected. */
  nextUser: TestUser | null;
  /** The response to every request until it is reset to `null`. */
  fault: { readonly status: number; readonly retryAfter?: number } | "no-response" | null;
  /** In seconds. */
  tokenLifetime: number;
  tokenRequests: number;
};

/** `others` handles the paths outside `/api/auth/`, because production has one origin for all. */
export async function startAuthServer(others?: RequestListener): Promise<AuthServer> {
  const server: AuthServer = {
    origin: "",
    user: ALICE,
    nextUser: null,
    fault: null,
    tokenLifetime: 900,
    tokenRequests: 0,
  };
  const origin = await listen((request, response) => {
    const path = new URL(request.url ?? "/", "http://auth.invalid").pathname;
    if (others !== undefined && !path.startsWith("/api/auth/")) {
      others(request, response);
      return;
    }
    if (path === "/api/auth/token") server.tokenRequests += 1;
    if (server.fault === "no-response") {
      request.socket.destroy();
      return;
    }
    if (server.fault !== null) {
      const { status, retryAfter } = server.fault;
      respond(response, status, {}, retryAfter === undefined ? {} : { "x-retry-after": String(retryAfter) });
      return;
    }
    switch (path) {
      case "/api/auth/get-session":
        respond(response, 200, server.user === null ? null : { session: {}, user: server.user });
        return;
      case "/api/auth/token":
        if (server.user === null) respond(response, 401, { code: "UNAUTHORIZED", message: "Unauthorized" });
        else respond(response, 200, { token: issue(server.user, server.tokenLifetime, server.tokenRequests) });
        return;
      case "/api/auth/sign-in/email":
        server.user = server.nextUser;
        if (server.user === null) respond(response, 401, { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid" });
        else respond(response, 200, { redirect: false, token: "opaque", user: server.user });
        return;
      case "/api/auth/sign-out":
        server.user = null;
        respond(response, 200, { success: true });
        return;
      default:
        respond(response, 404, {});
    }
  });
  return Object.assign(server, { origin });
}

/** A JWT with an invalid signature. The client does not verify signatures. */
function issue(user: TestUser, lifetime: number, serial: number): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = 1_800_000_000;
  return `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user.id, name: "Zoë ✓", iat, exp: iat + lifetime, serial })}.sig`;
}
