/**
 * Reads `Retry-After` (RFC 9110) or `X-Retry-After`, which Better Auth's rate limiter sends.
 */

/** Seconds, or `null` if the header is missing. The date format is not supported, because neither server sends it. */
export function retryAfterSeconds(headers: Headers): number | null {
  const value = headers.get("retry-after") ?? headers.get("x-retry-after");
  if (value === null || !/^\d{1,6}$/.test(value.trim())) return null;
  return Math.max(1, Number(value));
}
