/**
 * Better Auth as Taskward uses it: options, migrations, and nothing of HTTP.
 *
 * Everything that Better Auth would otherwise guess from the request or from NODE_ENV is stated here: origin, cookie
 * security, client address, rate limits, logging, telemetry.
 */

import { type BetterAuthOptions, betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";
import { CLIENT_ADDRESS_HEADER } from "./client-address.ts";
import type { Database } from "./database.ts";
import type { Settings } from "./env.ts";
import { describe, log, redact } from "./log.ts";
import { rateLimitOptions } from "./rate-limit.ts";
import { secretVersions } from "./secrets.ts";
import { jwtOptions } from "./tokens.ts";

export type Auth = ReturnType<typeof createAuth>;

/** Creates missing tables and columns; on an up-to-date database it changes nothing. */
export async function migrate(settings: Settings, database: Database): Promise<void> {
  const { runMigrations, toBeCreated, toBeAdded } = await getMigrations(authOptions(settings, database));
  await runMigrations();
  log("info", "migrated", { tablesCreated: toBeCreated.length, tablesChanged: toBeAdded.length });
}

/** Better Auth, ready to serve a migrated database. */
export function createAuth(settings: Settings, database: Database) {
  return betterAuth(authOptions(settings, database));
}

function authOptions(settings: Settings, database: Database) {
  return {
    appName: "Taskward",
    baseURL: settings.origin,
    basePath: "/api/auth",
    secrets: secretVersions(settings),
    // For rows without a version mark, which a database written by a plain Better Auth set-up holds.
    secret: settings.previousSecret ?? settings.secret,
    database: database.options,
    emailAndPassword: { enabled: true },
    // With the cache, a session that was revoked would keep minting JWTs until the cache ran out.
    session: { cookieCache: { enabled: false } },
    plugins: [jwt(jwtOptions(settings))],
    rateLimit: rateLimitOptions(settings.rateLimit),
    advanced: {
      useSecureCookies: settings.origin.startsWith("https:"),
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
    },
    // A page made by Better Auth for providers that send people back with an error; there are none.
    disabledPaths: ["/error"],
    telemetry: { enabled: false },
    logger: {
      level: "warn",
      // Further arguments may hold a request or a row: only the class and message of an error are kept.
      log: (level, message, ...args) => {
        const error = args.find((argument) => argument instanceof Error);
        log(level === "debug" ? "info" : level, "better-auth", {
          message: redact(message),
          ...(error === undefined ? {} : { reason: describe(error) }),
        });
      },
    },
  } satisfies BetterAuthOptions;
}
