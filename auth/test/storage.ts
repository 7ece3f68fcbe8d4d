/** Assertions and faults for tests of a storage that fails. */

import assert from "node:assert/strict";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import type { AuthServer } from "./auth-server.ts";
import type { Browser } from "./browser.ts";

/** The answer to a request whose storage failed: it says so, and it changes nothing in the browser. */
export async function assertUnavailable(response: Response, what: string): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, 503, `${what}: ${response.status} ${text}`);
  assert.equal(response.headers.get("content-type"), "application/problem+json", what);
  assert.match(response.headers.get("retry-after") ?? "", /^[1-9]\d*$/, what);
  assert.deepEqual(response.headers.getSetCookie(), [], what);
  const problem = JSON.parse(text) as Record<string, unknown>;
  assert.equal(problem["status"], 503, what);
  assert.equal(problem["code"], "STORAGE_UNAVAILABLE", what);
  assert.equal(problem["type"], "urn:taskward:problem:storage_unavailable", what);
}

/** The name of the user that a browser is signed in as. Undefined: it has no session. */
export async function userNameOf(browser: Browser, server: AuthServer): Promise<string | undefined> {
  const response = await browser.get(server, "/api/auth/get-session");
  assert.equal(response.status, 200);
  return ((await response.json()) as { user: { name: string } } | null)?.user.name;
}

/** Another process's connection to `auth.db`. */
export function openAuthDatabase(test: TestContext, directory: string): DatabaseSyncInstance {
  const database = new DatabaseSync(join(directory, "auth.db"));
  database.exec("PRAGMA busy_timeout = 5000");
  test.after(() => database.isOpen && database.close());
  return database;
}

/** A proxy before the PostgreSQL server of `url`, whose faults a test controls. */
export class PostgresProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: NetServer;
  #port = 0;
  #isFrozen = false;

  static async start(test: TestContext, url: string): Promise<{ proxy: PostgresProxy; url: string }> {
    const proxy = new PostgresProxy(new URL(url));
    await proxy.up();
    test.after(() => proxy.down());
    const proxied = new URL(url);
    proxied.search = "";
    proxied.host = `127.0.0.1:${proxy.#port}`;
    return { proxy, url: proxied.href };
  }

  private constructor(target: URL) {
    const socketDirectory = target.searchParams.get("host");
    const port = target.port === "" ? 5432 : Number(target.port);
    this.#server = createServer((client) => {
      const upstream =
        socketDirectory === null
          ? connect(port, target.hostname)
          : connect(join(socketDirectory, `.s.PGSQL.${port}`));
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(from);
        from.on("data", (data) => {
          if (!this.#isFrozen) to.write(data);
        });
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  /** Accepts connections, on the same port as before. */
  async up(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Ends all connections and refuses new ones. */
  async down(): Promise<void> {
    this.#isFrozen = false;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Keeps all connections, and loses what is sent on them. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Forwards again what is sent from now on. */
  thaw(): void {
    this.#isFrozen = false;
  }
}
