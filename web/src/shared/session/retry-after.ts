/**
 * How long a server wants us to wait. Pure; knows both spellings in use here: `Retry-After` (RFC 9110) and the
 * `X-Retry-After` of Better Auth's rate limiter.
 */

/** The whole seconds to wait, or `null` if the answer does not say. Dates are not used by either of our servers. */
export function retryAfterSeconds(headers: Headers): number | null {
  const value = headers.get("retry-after") ?? headers.get("x-retry-after");
  if (value === null || !/^\d{1,6}$/.test(value.trim())) return null;
  return Math.max(1, Number(value));
}
