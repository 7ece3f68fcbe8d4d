/**
 * The routes: Better Auth below `/api/auth`, a health answer, and nothing else.
 *
 * Invariant: an error leaves as a short JSON body; stacks, messages of libraries and SQL stay in the log.
 */

import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Auth } from "./auth.ts";
import { describe, log } from "./log.ts";

/** A sign-up is a few hundred bytes. */
const LARGEST_BODY_BYTES = 64 * 1024;

const TOKEN_PATH = "/api/auth/token";

/** The application; made only when the database is migrated, so that being able to answer is being healthy. */
export function createApp(auth: Auth): Hono {
  const app = new Hono();
  const body = bodyLimit({
    maxSize: LARGEST_BODY_BYTES,
    onError: (context) => context.json({ code: "BODY_TOO_LARGE", message: "The body is too large." }, 413),
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.on(["GET", "POST"], "/api/auth/*", body, async (context) => {
    const response = await auth.handler(context.req.raw);
    if (response.status === 401 && context.req.path === TOKEN_PATH && !(await hasNoSession(auth, context))) {
      return context.json({ code: "UNAVAILABLE", message: "Sessions cannot be read now. Try again." }, 503, {
        "retry-after": "1",
      });
    }
    // Better Auth says when to come back in a name of its own; generic clients read the standard one.
    const retryAfter = response.headers.get("x-retry-after");
    if (retryAfter !== null) response.headers.set("retry-after", retryAfter);
    return response;
  });
  app.notFound((context) => context.json({ code: "NOT_FOUND", message: "There is nothing here." }, 404));
  app.onError((error, context) => {
    log("error", "request-failed", { path: context.req.path, reason: describe(error) });
    return context.json({ code: "INTERNAL_SERVER_ERROR", message: "Something went wrong." }, 500);
  });
  return app;
}

/**
 * Better Auth answers a request for a token with 401 also when it could not read the session. A client would take that
 * for a session that ended and send the person to the sign-in page, so a 401 is passed on only where it is the truth.
 */
async function hasNoSession(auth: Auth, context: Context): Promise<boolean> {
  try {
    const query = { disableRefresh: true };
    return (await auth.api.getSession({ headers: context.req.raw.headers, query })) === null;
  } catch {
    return false;
  }
}
