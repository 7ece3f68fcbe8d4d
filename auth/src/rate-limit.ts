/**
 * Rate limits per client address.
 *
 * Better Auth's counter resets only after a whole window without an allowed request, which locks out clients that send
 * requests steadily. This one uses fixed windows. It is in memory, because there is one auth server per proxy, and its
 * size is bounded.
 */

import type { BetterAuthRateLimitOptions } from "better-auth";
import { CLIENT_ADDRESS_HEADER } from "./client-address.ts";

type Storage = NonNullable<BetterAuthRateLimitOptions["customStorage"]>;

/**
 * Limits password guessing to 14,400 attempts per day, and allows several people behind one address. Better Auth's default
 * is 3 in 10 seconds. `window` is in seconds.
 */
const PASSWORD_RULE = { window: 60, max: 10 };

/** Better Auth counts per client address and path. */
export function rateLimitOptions(enabled: boolean): BetterAuthRateLimitOptions {
  return {
    enabled,
    window: 10,
    max: 100,
    customStorage: fixedWindows(),
    customRules: {
      "/sign-in/*": PASSWORD_RULE,
      "/sign-up/*": PASSWORD_RULE,
      "/change-password": PASSWORD_RULE,
      "/verify-password": PASSWORD_RULE,
      // No limit for the API server, which connects directly and therefore sends no client address header.
      "/jwks": (request, rule) => (request.headers.has(CLIENT_ADDRESS_HEADER) ? rule : false),
    },
  };
}

interface Window {
  count: number;
  readonly endsAt: number;
}

/** About 10 MB. The oldest windows are evicted. */
const MAX_WINDOWS = 50_000;

function fixedWindows(): Storage {
  const windows = new Map<string, Window>();
  return {
    consume: async (key, rule) => {
      const now = performance.now();
      const open = windows.get(key);
      if (open !== undefined && now < open.endsAt) {
        if (open.count >= rule.max) {
          return { allowed: false, retryAfter: Math.max(1, Math.ceil((open.endsAt - now) / 1000)) };
        }
        open.count += 1;
        return { allowed: true, retryAfter: null };
      }
      // Deleted first, so that the map is ordered by the start of the windows.
      windows.delete(key);
      windows.set(key, { count: 1, endsAt: now + rule.window * 1000 });
      evictOldest(windows);
      return { allowed: true, retryAfter: null };
    },
  };
}

function evictOldest(windows: Map<string, Window>): void {
  for (const key of windows.keys()) {
    if (windows.size <= MAX_WINDOWS) return;
    windows.delete(key);
  }
}
