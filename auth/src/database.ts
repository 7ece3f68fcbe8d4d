/**
 * Opens the database that Better Auth keeps its tables in, and closes it again.
 *
 * The only file that knows a driver. Better Auth gets a ready Kysely instance, so that this process owns the
 * connections and can end them. No queries live here, and no table is named: the tables are Better Auth's own.
 */

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { BetterAuthOptions } from "better-auth";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import Libsql from "libsql";
import pg from "pg";
import type { DatabaseSettings } from "./env.ts";
import { describe, log } from "./log.ts";

export interface Database {
  /** What Better Auth is told about the database. */
  readonly options: NonNullable<BetterAuthOptions["database"]>;
  /** Runs `work` while no other auth server runs it against the same database. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the configured database; nothing is created inside it yet. */
export function openDatabase(settings: DatabaseSettings): Database {
  return settings.kind === "sqlite" ? openSqlite(settings.path) : openPostgres(settings.url);
}

/** How long a statement waits for another writer: longer than any write here takes, shorter than a person waits. */
const BUSY_TIMEOUT_MS = 5_000;

function openSqlite(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Created before the driver does, because the driver would use the umask. SQLite gives its -wal and -shm files
  // the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  const driver = new Libsql(path);
  driver.exec(
    // FULL: a sign-up that was answered survives power loss, like every acknowledged write of Taskward.
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};`,
  );
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: driver }) });
  return {
    // Without `transaction`, a crash between the two inserts of a sign-up leaves a user who has no password.
    options: { db, type: "sqlite", transaction: true },
    // A SQLite file has one auth server: the one that this machine's Taskward supervises.
    exclusively: (work) => work(),
    close: () => db.destroy(),
  };
}

/** Better Auth's tables stay apart from Taskward's, which live in a schema of their own in the same database. */
const POSTGRES_SCHEMA = "auth";
/** An arbitrary constant that all auth servers share: two that start together must not migrate together. */
const POSTGRES_START_LOCK = 7_260_317;

function openPostgres(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "taskward-auth",
    max: 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
  });
  // An idle connection that the server drops is replaced on next use; without a listener it would end the process.
  pool.on("error", (error) => log("warn", "database-connection-lost", { reason: describe(error) }));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return {
    options: { db, type: "postgres", transaction: true, schemaName: POSTGRES_SCHEMA },
    exclusively: async (work) => {
      const client = await pool.connect();
      try {
        await client.query("select pg_advisory_lock($1)", [POSTGRES_START_LOCK]);
        return await work();
      } finally {
        // Closing the connection releases the lock even where the statement to release it would fail.
        client.release(true);
      }
    },
    close: () => db.destroy(),
  };
}
