/**
 * Parses the environment into {@link Settings}.
 *
 * Invariants: no other module reads `process.env`; a {@link SettingsError} never contains a secret.
 */

import { type ListenAddress, parseListen, parseOrigin } from "./address.ts";
import { SettingsError } from "./settings-error.ts";

/** The signature algorithms that Better Auth supports for its keys. */
export const JWKS_ALGORITHMS = ["EdDSA", "ES256", "ES512", "RS256", "PS256"] as const;
export type JwksAlgorithm = (typeof JWKS_ALGORITHMS)[number];

export type TokenMode = "shared-secret" | "jwks";

export type DatabaseSettings =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

export interface Settings {
  /** Always a loopback address, because the proxy is the only client. */
  readonly listen: ListenAddress;
  /** The public origin, used for cookies and origin checks. */
  readonly origin: string;
  readonly secret: string;
  /** The secret before the last rotation. Only used to decrypt stored values. */
  readonly previousSecret: string | undefined;
  readonly tokens: TokenMode;
  readonly issuer: string;
  readonly audience: string;
  readonly database: DatabaseSettings;
  readonly jwksAlgorithm: JwksAlgorithm;
  /** Lifetime of a signing key in seconds. Undefined: keys are not rotated. */
  readonly jwksRotation: number | undefined;
  /** Lifetime of a JWT in seconds. */
  readonly jwtLifetime: number;
  readonly rateLimit: boolean;
  /** Stop when standard input closes, so that this process does not outlive its parent. */
  readonly supervised: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const KNOWN_NAMES: ReadonlySet<string> = new Set([
  "AUTH_DATABASE_URL",
  "AUTH_JWKS_ALG",
  "AUTH_JWKS_ROTATION",
  "AUTH_JWT_LIFETIME",
  "AUTH_LISTEN",
  "AUTH_RATE_LIMIT",
  "AUTH_SUPERVISED",
  // Read by the API server. Allowed here, so that both servers can share an environment file.
  "BETTER_AUTH_JWKS_FILE",
  "BETTER_AUTH_JWKS_URL",
  "BETTER_AUTH_SECRET",
  "BETTER_AUTH_SECRET_PREVIOUS",
  "BETTER_AUTH_URL",
]);

/** Better Auth's default secret, which is published in its source code. */
const PUBLIC_DEFAULT_SECRET = "better-auth-secret-12345678901234567890";
const MIN_SECRET_BYTES = 32;

/** Well below the 8 KiB that the API accepts as a token. */
const MAX_CLAIM_BYTES = 512;

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

/** Throws a {@link SettingsError} for the first invalid setting. */
export function parseSettings(env: Environment): Settings {
  rejectUnknownNames(env);
  rejectTestSwitches(env);
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
    issuer: claim(env, "TASKWARD_ISSUER") ?? origin,
    audience: claim(env, "TASKWARD_AUDIENCE") ?? origin,
    database: parseDatabase(optional(env, "AUTH_DATABASE_URL") ?? "sqlite:.taskward/auth.db"),
    jwksAlgorithm: oneOf(env, "AUTH_JWKS_ALG", JWKS_ALGORITHMS, "EdDSA"),
    jwksRotation: seconds(env, "AUTH_JWKS_ROTATION", HOUR, YEAR),
    jwtLifetime: seconds(env, "AUTH_JWT_LIFETIME", 5, HOUR) ?? 900,
    rateLimit: oneOf(env, "AUTH_RATE_LIMIT", ["on", "off"], "on") === "on",
    supervised: oneOf(env, "AUTH_SUPERVISED", ["0", "1"], "0") === "1",
  };
}

/**
 * With a misspelled name, the default would be used silently. `BETTER_AUTH_*` is included, because Better Auth reads other
 * variables itself, such as trusted origins and secrets.
 */
function rejectUnknownNames(env: Environment): void {
  for (const name of Object.keys(env).sort()) {
    if ((name.startsWith("AUTH_") || name.startsWith("BETTER_AUTH_")) && !KNOWN_NAMES.has(name)) {
      throw new SettingsError(
        `${name} is not a setting of this server. Remove it, or correct its name: ${[...KNOWN_NAMES].join(", ")}.`,
      );
    }
  }
}

/** Better Auth disables its origin and CSRF checks if one of these is set. */
function rejectTestSwitches(env: Environment): void {
  if (env["NODE_ENV"] === "test") {
    throw new SettingsError(
      "NODE_ENV=test switches Better Auth's origin checks off. Unset it, or set it to production.",
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

/** A value that is part of every token. */
function claim(env: Environment, name: string): string | undefined {
  const value = optional(env, name);
  if (value === undefined) return undefined;
  const bytes = Buffer.byteLength(value, "utf8");
  if (bytes > MAX_CLAIM_BYTES) {
    throw new SettingsError(
      `${name} has ${bytes} bytes, at most ${MAX_CLAIM_BYTES} are allowed, because it is part of every token. Use a shorter one.`,
    );
  }
  return value;
}

function required(env: Environment, name: string, meaning: string): string {
  const value = optional(env, name);
  if (value === undefined) throw new SettingsError(`${name} is not set. Set it to ${meaning}.`);
  return value;
}

function parseSecret(name: string, value: string): string {
  if (value !== value.trim()) {
    throw new SettingsError(
      `${name} starts or ends with white space. Remove it, for example the newline at the end of a file.`,
    );
  }
  if (value === PUBLIC_DEFAULT_SECRET) {
    throw new SettingsError(
      `${name} is Better Auth's public default. Generate a secret with: openssl rand -base64 32.`,
    );
  }
  const bytes = Buffer.byteLength(value, "utf8");
  if (bytes < MIN_SECRET_BYTES) {
    throw new SettingsError(
      `${name} has ${bytes} bytes, at least ${MIN_SECRET_BYTES} are required. Generate a secret with: openssl rand -base64 32.`,
    );
  }
  return value;
}

function parseDatabase(value: string): DatabaseSettings {
  if (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value)) return { kind: "postgres", url: value };
  const path = /^sqlite:(.+)$/s.exec(value)?.[1];
  if (path !== undefined) return { kind: "sqlite", path };
  // Without the value, which may contain a password.
  throw new SettingsError(
    "AUTH_DATABASE_URL is not a database URL. Use sqlite:PATH or postgres://user@host/database.",
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
    throw new SettingsError(`${name} has an unknown value. Use one of: ${allowed.join(", ")}.`);
  return match;
}

function seconds(env: Environment, name: string, min: number, max: number): number | undefined {
  const value = optional(env, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) {
    throw new SettingsError(`${name} is out of range. Use whole seconds from ${min} to ${max}.`);
  }
  return number;
}
