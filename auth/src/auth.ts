/**
 * The options and migrations of Better Auth.
 *
 * Every option that Better Auth would derive from the request or from NODE_ENV is set explicitly: origin, cookie
 * security, client address, rate limits, logging, telemetry.
 */

import { type BetterAuthOptions, betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";
import { CLIENT_ADDRESS_HEADER } from "./client-address.ts";
import type { Database, DatabaseOptions } from "./database.ts";
import type { Settings } from "./env.ts";
import { describeError, log, redact } from "./log.ts";
import { profileHooks } from "./profile.ts";
import { rateLimitOptions } from "./rate-limit.ts";
import { secretVersions } from "./secrets.ts";
import { jwtOptions } from "./tokens.ts";

export type Auth = ReturnType<typeof createAuth>;

/** Creates missing tables and columns. */
export async function migrate(settings: Settings, database: DatabaseOptions): Promise<void> {
  const { runMigrations, toBeCreated, toBeAdded } = await getMigrations(authOptions(settings, database));
  await runMigrations();
  log("info", "migrated", { tablesCreated: toBeCreated.length, tablesChanged: toBeAdded.length });
}

/** Creates the Better Auth instance for a migrated database. */
export function createAuth(settings: Settings, database: Database) {
  return betterAuth(authOptions(settings, database.options));
}

function authOptions(settings: Settings, database: DatabaseOptions) {
  return {
    appName: "Taskward",
    baseURL: settings.origin,
    basePath: "/api/auth",
    secrets: secretVersions(settings),
    // For values without a version prefix, which Better Auth writes if it is configured with a single secret.
    secret: settings.previousSecret ?? settings.secret,
    database,
    databaseHooks: { user: profileHooks },
    emailAndPassword: { enabled: true },
    // With the cache, a revoked session could get JWTs until the cache expires.
    session: { cookieCache: { enabled: false } },
    plugins: [jwt(jwtOptions(settings))],
    rateLimit: rateLimitOptions(settings.rateLimit),
    advanced: {
      useSecureCookies: settings.origin.startsWith("https:"),
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
    },
    // An error page for OAuth redirects, which are not used.
    disabledPaths: ["/error"],
    telemetry: { enabled: false },
    logger: {
      level: "warn",
      // Other arguments may contain a request or a row, so only the name and message of an error are logged.
      log: (level, message, ...args) => {
        const error = args.find((argument) => argument instanceof Error);
        log(level === "debug" ? "info" : level, "better-auth", {
          message: redact(message),
          ...(error === undefined ? {} : { reason: describeError(error) }),
        });
      },
    },
  } satisfies BetterAuthOptions;
}
