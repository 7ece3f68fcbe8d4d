/**
 * Every setting of the auth server, read once at start and turned into one typed value.
 *
 * Nothing else in this package reads `process.env`. A setting that is missing, malformed or unknown is a
 * {@link SettingsError} whose sentence says what to do; a secret never appears in one.
 */

import { type ListenAddress, parseListen, parseOrigin } from "./address.ts";
import { SettingsError } from "./settings-error.ts";

/** The signature algorithms Better Auth offers for its own keys. */
export const JWKS_ALGORITHMS = ["EdDSA", "ES256", "ES512", "RS256", "PS256"] as const;
export type JwksAlgorithm = (typeof JWKS_ALGORITHMS)[number];

export type TokenMode = "shared-secret" | "jwks";

export type DatabaseSettings =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

export interface Settings {
  /** Where to listen; always a loopback address, because the proxy in front is the only client. */
  readonly listen: ListenAddress;
  /** The public origin: what the browser's address bar shows, and what cookies and origin checks follow. */
  readonly origin: string;
  readonly secret: string;
  /** The secret before the last rotation; it only decrypts what was stored under it. */
  readonly previousSecret: string | undefined;
  readonly tokens: TokenMode;
  readonly issuer: string;
  readonly audience: string;
  readonly database: DatabaseSettings;
  readonly jwksAlgorithm: JwksAlgorithm;
  /** Seconds after which a new signing key replaces the current one; undefined keeps one key. */
  readonly jwksRotation: number | undefined;
  /** Seconds a JWT lives. */
  readonly jwtLifetime: number;
  readonly rateLimit: boolean;
  /** Stop when standard input closes, so that this process does not outlive the one that started it. */
  readonly supervised: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const KNOWN: ReadonlySet<string> = new Set([
  "AUTH_DATABASE_URL",
  "AUTH_JWKS_ALG",
  "AUTH_JWKS_ROTATION",
  "AUTH_JWT_LIFETIME",
  "AUTH_LISTEN",
  "AUTH_RATE_LIMIT",
  "AUTH_SUPERVISED",
  // Read by the API server; allowed here so that both can share one environment file.
  "BETTER_AUTH_JWKS_URL",
  "BETTER_AUTH_SECRET",
  "BETTER_AUTH_SECRET_PREVIOUS",
  "BETTER_AUTH_URL",
]);

/** What Better Auth falls back to when it is given no secret: known to everybody who can read its source. */
const PUBLIC_DEFAULT_SECRET = "better-auth-secret-12345678901234567890";
const SHORTEST_SECRET_BYTES = 32;

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

/** Turns the environment into settings, or throws the first {@link SettingsError}. */
export function parseSettings(env: Environment): Settings {
  refuseUnknownNames(env);
  refuseTestSwitches(env);
  const origin = parseOrigin(
    "BETTER_AUTH_URL",
    required(env, "BETTER_AUTH_URL", "the public origin, for example http://localhost:8080"),
  );
  const secret = parseSecret(
    "BETTER_AUTH_SECRET",
    required(
      env,
      "BETTER_AUTH_SECRET",
      "at least 32 random bytes, for example from: openssl rand -base64 32",
    ),
  );
  const previous = optional(env, "BETTER_AUTH_SECRET_PREVIOUS");
  return {
    listen: parseListen("AUTH_LISTEN", optional(env, "AUTH_LISTEN") ?? "127.0.0.1:8081"),
    origin,
    secret,
    previousSecret: previous === undefined ? undefined : parseSecret("BETTER_AUTH_SECRET_PREVIOUS", previous),
    tokens: oneOf(env, "TASKWARD_TOKENS", ["shared-secret", "jwks"], "shared-secret"),
    issuer: optional(env, "TASKWARD_ISSUER") ?? origin,
    audience: optional(env, "TASKWARD_AUDIENCE") ?? origin,
    database: parseDatabase(optional(env, "AUTH_DATABASE_URL") ?? "sqlite:.taskward/auth.db"),
    jwksAlgorithm: oneOf(env, "AUTH_JWKS_ALG", JWKS_ALGORITHMS, "EdDSA"),
    jwksRotation: seconds(env, "AUTH_JWKS_ROTATION", HOUR, YEAR),
    jwtLifetime: seconds(env, "AUTH_JWT_LIFETIME", 5, HOUR) ?? 900,
    rateLimit: oneOf(env, "AUTH_RATE_LIMIT", ["on", "off"], "on") === "on",
    supervised: oneOf(env, "AUTH_SUPERVISED", ["0", "1"], "0") === "1",
  };
}

/**
 * A misspelt name would silently leave a default in force. `BETTER_AUTH_*` counts too: Better Auth reads names of its
 * own (trusted origins, a list of secrets) that would change what this file promises.
 */
function refuseUnknownNames(env: Environment): void {
  for (const name of Object.keys(env).sort()) {
    if ((name.startsWith("AUTH_") || name.startsWith("BETTER_AUTH_")) && !KNOWN.has(name)) {
      throw new SettingsError(
        `${name} is not a setting of this server. Remove it, or correct its name: ${[...KNOWN].join(", ")}.`,
      );
    }
  }
}

/** Better Auth switches its origin and CSRF checks off under either of these. */
function refuseTestSwitches(env: Environment): void {
  if (env["NODE_ENV"] === "test") {
    throw new SettingsError(
      "NODE_ENV=test switches Better Auth's origin checks off. Unset it, or use production.",
    );
  }
  const test = env["TEST"];
  if (test !== undefined && test !== "" && test !== "false") {
    throw new SettingsError("TEST switches Better Auth's origin checks off. Unset it.");
  }
}

function optional(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === "" ? undefined : value;
}

function required(env: Environment, name: string, meaning: string): string {
  const value = optional(env, name);
  if (value === undefined) throw new SettingsError(`${name} is not set. Set it to ${meaning}.`);
  return value;
}

function parseSecret(name: string, value: string): string {
  if (value !== value.trim()) {
    throw new SettingsError(
      `${name} begins or ends with white space. Remove it; a file read into it often ends in a newline.`,
    );
  }
  if (value === PUBLIC_DEFAULT_SECRET) {
    throw new SettingsError(
      `${name} is Better Auth's public default. Set a secret of your own: openssl rand -base64 32.`,
    );
  }
  const bytes = Buffer.byteLength(value, "utf8");
  if (bytes < SHORTEST_SECRET_BYTES) {
    throw new SettingsError(
      `${name} has ${bytes} bytes and needs at least ${SHORTEST_SECRET_BYTES}. Make one with: openssl rand -base64 32.`,
    );
  }
  return value;
}

function parseDatabase(value: string): DatabaseSettings {
  if (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value)) return { kind: "postgres", url: value };
  const path = /^sqlite:(.+)$/s.exec(value)?.[1];
  if (path !== undefined) return { kind: "sqlite", path };
  // The value is not repeated: a postgres URL carries a password.
  throw new SettingsError(
    "AUTH_DATABASE_URL is not understood. Write sqlite:PATH or postgres://user@host/database.",
  );
}

function oneOf<const T extends string>(
  env: Environment,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const value = optional(env, name);
  if (value === undefined) return fallback;
  const match = allowed.find((candidate) => candidate === value);
  if (match === undefined)
    throw new SettingsError(`${name} is not understood. Use one of: ${allowed.join(", ")}.`);
  return match;
}

function seconds(env: Environment, name: string, least: number, most: number): number | undefined {
  const value = optional(env, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw new SettingsError(`${name} is out of range. Use whole seconds from ${least} to ${most}.`);
  }
  return number;
}
