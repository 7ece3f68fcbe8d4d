/**
 * The routes: Better Auth under `/api/auth`, and a health check.
 *
 * Invariant: error responses contain no stack traces, library messages or SQL.
 */

import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Auth } from "./auth.ts";
import { describeError, log } from "./log.ts";

/** A sign-up request has a few hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024;

const TOKEN_PATH = "/api/auth/token";

/** Creates the application. The database must be migrated, because the health check does not test it. */
export function createApp(auth: Auth): Hono {
  const app = new Hono();
  const body = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context) =>
      context.json(
        { code: "BODY_TOO_LARGE", message: `The body is larger than ${MAX_BODY_BYTES} bytes.` },
        413,
      ),
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.on(["GET", "POST"], "/api/auth/*", body, async (context) => {
    const response = await auth.handler(context.req.raw);
    if (response.status === 401 && context.req.path === TOKEN_PATH && !(await hasNoSession(auth, context))) {
      return context.json({ code: "UNAVAILABLE", message: "The session cannot be read. Try again." }, 503, {
        "retry-after": "1",
      });
    }
    // Better Auth uses a non-standard header. Clients expect the standard one.
    const retryAfter = response.headers.get("x-retry-after");
    if (retryAfter !== null) response.headers.set("retry-after", retryAfter);
    return response;
  });
  app.notFound((context) => context.json({ code: "NOT_FOUND", message: "The path does not exist." }, 404));
  app.onError((error, context) => {
    log("error", "request-failed", { path: context.req.path, reason: describeError(error) });
    return context.json({ code: "INTERNAL_SERVER_ERROR", message: "An internal error occurred." }, 500);
  });
  return app;
}

/**
 * Whether the request has no session.
 *
 * Better Auth responds to a token request with 401 also if it cannot read the session. Clients treat 401 as the end of
 * the session, so it must not be sent during a database outage.
 */
async function hasNoSession(auth: Auth, context: Context): Promise<boolean> {
  try {
    const query = { disableRefresh: true };
    return (await auth.api.getSession({ headers: context.req.raw.headers, query })) === null;
  } catch {
    return false;
  }
}
