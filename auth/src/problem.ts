/** Error answers of this server: problem details (RFC 9457), with the members that Better Auth's clients read. */

import type { ContentfulStatusCode } from "hono/utils/http-status";

interface Problem {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  /** In seconds. */
  readonly retryAfter?: number;
}

export const STORAGE_UNAVAILABLE: Problem = {
  status: 503,
  title: "Service Unavailable",
  code: "STORAGE_UNAVAILABLE",
  detail: "The accounts cannot be read or written at the moment. Try again.",
  retryAfter: 2,
};

export const UNSTORABLE_VALUE: Problem = {
  status: 400,
  title: "Bad Request",
  code: "UNSTORABLE_VALUE",
  detail: "The request contains a value that cannot be stored. Send text without NUL characters.",
};

export const INTERNAL_ERROR: Problem = {
  status: 500,
  title: "Internal Server Error",
  code: "INTERNAL_SERVER_ERROR",
  detail: "An internal error occurred.",
};

export function problemResponse({ status, title, code, detail, retryAfter }: Problem): Response {
  const type = `urn:taskward:problem:${code.toLowerCase()}`;
  // `message` is what Better Auth's own errors have.
  return new Response(JSON.stringify({ type, title, status, detail, code, message: detail }), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    },
  });
}
