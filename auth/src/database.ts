/**
 * Opens and closes the database of Better Auth.
 *
 * Better Auth receives a Kysely instance, so that this process owns the connections and can close them.
 */

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { BetterAuthOptions } from "better-auth";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import Libsql from "libsql";
import pg from "pg";
import type { DatabaseSettings } from "./env.ts";
import { describeError, log } from "./log.ts";

export interface Database {
  /** Better Auth's `database` option. */
  readonly options: NonNullable<BetterAuthOptions["database"]>;
  /** Runs `work` under a lock that all auth servers of the database share. */
  withStartLock<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the configured database. Does not create tables. */
export function openDatabase(settings: DatabaseSettings): Database {
  return settings.kind === "sqlite" ? openSqlite(settings.path) : openPostgres(settings.url);
}

/** How long a statement waits for another writer. */
const BUSY_TIMEOUT_MS = 5_000;

function openSqlite(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Created here, because the driver would apply the umask. SQLite creates the -wal and -shm files with the mode of the
  // database file.
  closeSync(openSync(path, "a", 0o600));
  const driver = new Libsql(path);
  driver.exec(
    // FULL: acknowledged writes survive a power loss.
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};`,
  );
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: driver }) });
  return {
    // Without `transaction`, a crash between the two inserts of a sign-up leaves a user without a password.
    options: { db, type: "sqlite", transaction: true },
    // No lock: a SQLite database has one auth server.
    withStartLock: (work) => work(),
    close: () => db.destroy(),
  };
}

/** Separate from the tables of Taskward, which have their own schema in the same database. */
const POSTGRES_SCHEMA = "auth";
/** An arbitrary key of the advisory lock. Serializes the migrations of auth servers that start at the same time. */
const POSTGRES_START_LOCK = 7_260_317;

function openPostgres(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "taskward-auth",
    max: 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
  });
  // The pool replaces a lost connection. Without a listener, the event would end the process.
  pool.on("error", (error) => log("warn", "database-connection-lost", { reason: describeError(error) }));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return {
    options: { db, type: "postgres", transaction: true, schemaName: POSTGRES_SCHEMA },
    withStartLock: async (work) => {
      const client = await pool.connect();
      try {
        await client.query("select pg_advisory_lock($1)", [POSTGRES_START_LOCK]);
        return await work();
      } finally {
        // Closing the connection always releases the lock. An unlock statement can fail.
        client.release(true);
      }
    },
    close: () => db.destroy(),
  };
}
