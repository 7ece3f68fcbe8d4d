/**
 * How many requests one client address may send to Better Auth, and the counter behind it.
 *
 * Better Auth's own counter starts again only after a whole window without any allowed request, so a page that asks
 * now and then is locked out in the end. This one counts in fixed windows. It lives in memory: one auth server stands
 * behind one proxy, a restart forgives at most one window, and no request pays for a write. Its size is bounded.
 */

import type { BetterAuthRateLimitOptions } from "better-auth";
import { CLIENT_ADDRESS_HEADER } from "./client-address.ts";

type Storage = NonNullable<BetterAuthRateLimitOptions["customStorage"]>;

/**
 * Guesses at a password: ten in a burst, which nobody needs who knows it, and 14,400 a day, against which eight
 * characters stand. Several people behind one address fit in. Better Auth's default is 3 in 10 seconds.
 */
const PASSWORD_RULE = { window: 60, max: 10 };

/** The limits for Better Auth; counted per client address and path. */
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
      // The API server fetches keys past the proxy, so without a client address. A limit would make it lose its keys
      // when it needs them most, and nobody else can reach this port.
      "/jwks": (request, rule) => (request.headers.has(CLIENT_ADDRESS_HEADER) ? rule : false),
    },
  };
}

interface Window {
  count: number;
  readonly endsAt: number;
}

/** About 10 MB when full; beyond it the oldest windows are forgotten. */
const MOST_WINDOWS = 50_000;

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
      // Deleted first, so that the map stays ordered by the start of each window.
      windows.delete(key);
      windows.set(key, { count: 1, endsAt: now + rule.window * 1000 });
      forgetOldest(windows);
      return { allowed: true, retryAfter: null };
    },
  };
}

function forgetOldest(windows: Map<string, Window>): void {
  for (const key of windows.keys()) {
    if (windows.size <= MOST_WINDOWS) return;
    windows.delete(key);
  }
}
