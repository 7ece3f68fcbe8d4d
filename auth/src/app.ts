/**
 * The routes: Better Auth under `/api/auth`, and a health check.
 *
 * Invariants: error responses contain no stack traces, library messages or SQL; a request whose storage failed is answered
 * with 503 and without cookies, whatever Better Auth answered.
 */

import { setTimeout as delay } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Auth } from "./auth.ts";
import type { Database } from "./database.ts";
import { describeError, log } from "./log.ts";
import { INTERNAL_ERROR, problemResponse, STORAGE_UNAVAILABLE, UNSTORABLE_VALUE } from "./problem.ts";
import { observeStorage, type StorageFault } from "./storage-fault.ts";

/** A sign-up request has a few hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** A disk that is slower than this for one statement counts as hung. */
const PING_TIMEOUT_MS = 1_500;

/** Creates the application for a migrated database. */
export function createApp(auth: Auth, database: Database): Hono {
  const app = new Hono();
  const body = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context) =>
      context.json(
        { code: "BODY_TOO_LARGE", message: `The body is larger than ${MAX_BODY_BYTES} bytes.` },
        413,
      ),
  });
  // 200 means that this process works: its event loop and its database thread answer. No answer or 503 is a reason to
  // restart it. A locked, full or unreachable database is not, because a restart would not help: then this is 200, and the
  // requests that need the database are 503.
  app.get("/healthz", async (context) => {
    const isAlive = await Promise.race([database.ping().then(() => true), delay(PING_TIMEOUT_MS, false)]);
    return isAlive ? context.json({ status: "ok" }) : context.json({ status: "database thread hangs" }, 503);
  });
  app.on(["GET", "POST"], "/api/auth/*", body, async (context) => {
    const { path } = context.req;
    const outcome = await observeStorage(() => auth.handler(context.req.raw));
    if (outcome.fault !== undefined) return faultResponse(outcome.fault, path);
    const response = outcome.result;
    // Better Auth answers an unexpected error with an empty body.
    if (response.status >= 500 && response.body === null) return problemResponse(INTERNAL_ERROR);
    // Better Auth uses a non-standard header. Clients expect the standard one.
    const retryAfter = response.headers.get("x-retry-after");
    if (retryAfter !== null) response.headers.set("retry-after", retryAfter);
    return response;
  });
  app.notFound((context) => context.json({ code: "NOT_FOUND", message: "The path does not exist." }, 404));
  app.onError((error, context) => {
    log("error", "request-failed", { path: context.req.path, reason: describeError(error) });
    return problemResponse(INTERNAL_ERROR);
  });
  return app;
}

function faultResponse(fault: StorageFault, path: string): Response {
  if (fault.kind === "unstorable") return problemResponse(UNSTORABLE_VALUE);
  log("error", "storage-failed", { path, reason: describeError(fault.error) });
  return problemResponse(STORAGE_UNAVAILABLE);
}
