/** A plain Better Auth server in this process, as a browser sees it. Its SQLite database is kept in memory. */

import assert from "node:assert/strict";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { bearer, type JwtOptions, jwt } from "better-auth/plugins";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { Kysely, SqliteDialect } from "kysely";
import { forKysely } from "../test/kysely.ts";

export const ORIGIN = "https://auth.example.test";
export const SECRET = "throw-away-fixture-secret-9fK2mQ7xVb4TzL1c";
export const LONG_LIVED = "100 years";

/** Pass the same object again to restart a server on its database. */
export interface Rows {
  readonly sqlite: DatabaseSyncInstance;
  readonly db: Kysely<unknown>;
}

export function emptyDatabase(): Rows {
  const sqlite = new DatabaseSync(":memory:");
  return { sqlite, db: new Kysely<unknown>({ dialect: new SqliteDialect({ database: forKysely(sqlite) }) }) };
}

export interface TokenVector {
  readonly id: string;
  readonly [member: string]: unknown;
}

export interface Jwks {
  readonly status: number;
  readonly content_type: string | null;
  readonly cache_control: string | null;
  readonly body: string;
}

export class Issuer {
  readonly auth: ReturnType<typeof betterAuth>;
  #cookies = new Map<string, string>();

  static async start(
    rows: Rows,
    jwtOptions: JwtOptions | undefined,
    more: BetterAuthOptions = {},
  ): Promise<Issuer> {
    const options: BetterAuthOptions = {
      baseURL: ORIGIN,
      secret: SECRET,
      database: { db: rows.db, type: "sqlite" },
      emailAndPassword: { enabled: true },
      telemetry: { enabled: false },
      plugins: [...(jwtOptions === undefined ? [] : [jwt(jwtOptions)]), bearer()],
      ...more,
    };
    await (await getMigrations(options)).runMigrations();
    return new Issuer(betterAuth(options));
  }

  private constructor(auth: ReturnType<typeof betterAuth>) {
    this.auth = auth;
  }

  async get(path: string): Promise<Response> {
    return this.#send(path, { method: "GET" });
  }

  async post(path: string, body: unknown): Promise<Response> {
    const response = await this.#send(path, { method: "POST", body: JSON.stringify(body) });
    assert.equal(response.status, 200, `${path}: ${response.status} ${await response.clone().text()}`);
    return response;
  }

  signUp(name = "Ada Lovelace", email = "ada@example.com"): Promise<Response> {
    return this.post("/sign-up/email", { name, email, password: "a password of a fixture" });
  }

  signIn(email = "ada@example.com"): Promise<Response> {
    return this.post("/sign-in/email", { email, password: "a password of a fixture" });
  }

  /** The value of a cookie, whose chunks are joined. */
  cookie(name: string): string {
    const isPart = (key: string) => key === `__Secure-better-auth.${name}` || key.includes(`.${name}.`);
    const parts = [...this.#cookies].filter(([key]) => isPart(key));
    assert.ok(parts.length > 0, `there is no cookie ${name}`);
    const indexOf = (key: string) => Number(/\.(\d+)$/.exec(key)?.[1] ?? 0);
    return parts
      .sort(([a], [b]) => indexOf(a) - indexOf(b))
      .map(([, value]) => value)
      .join("");
  }

  chunksOf(name: string): { name: string; value: string }[] {
    return [...this.#cookies]
      .filter(([key]) => key.includes(`.${name}.`))
      .map(([key, value]) => ({ name: key, value }));
  }

  async token(): Promise<string> {
    const response = await this.get("/token");
    assert.equal(response.status, 200, await response.clone().text());
    return ((await response.json()) as { token: string }).token;
  }

  async jwks(): Promise<Jwks> {
    const response = await this.get("/jwks");
    return {
      status: response.status,
      content_type: response.headers.get("content-type"),
      cache_control: response.headers.get("cache-control"),
      body: await response.text(),
    };
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers({ origin: ORIGIN, "content-type": "application/json" });
    if (this.#cookies.size > 0) {
      headers.set("cookie", [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const request = new Request(`${ORIGIN}/api/auth${path}`, { ...init, headers });
    const response = await this.auth.handler(request);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (value === "" || /;\s*max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/** A token with what it contains and what a verifier must decide at `verify_at`. */
export function vector(id: string, via: string, token: string, more: Record<string, unknown>): TokenVector {
  const claims = decodeJwt(token);
  return {
    id,
    via,
    token,
    header: decodeProtectedHeader(token),
    claims,
    verify_at: (claims.iat ?? Math.floor(Date.now() / 1000)) + 1,
    kind: "jwt-plugin",
    ...more,
  };
}

export const VIA_TOKEN = "GET /api/auth/token";
export const VIA_COOKIE = "Set-Cookie __Secure-better-auth.session_data";
