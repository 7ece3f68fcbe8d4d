/** The PostgreSQL database of Better Auth. */

import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import pg from "pg";
import type { Database } from "./database.ts";
import { describeError, log } from "./log.ts";
import { recordFault, refuseAfterFault } from "./storage-fault.ts";

/** Separate from the tables of Taskward, which have their own schema in the same database. */
const SCHEMA = "auth";
/** An arbitrary key of the advisory lock. Serializes the migrations of auth servers that start at the same time. */
const START_LOCK = 7_260_317;

/** How long a request waits for a connection, for a locked row, and for any statement. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Longer, for a server that does not answer any more and so cannot end the statement itself. */
const ANSWER_TIMEOUT_MS = 6_000;
/** Migrations may have to rewrite a table. */
const MIGRATION_TIMEOUT_MS = 30_000;

export async function openPostgres(url: string): Promise<Database> {
  const pool = newPool(url, {
    max: 10,
    lock_timeout: STATEMENT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  const db = kyselyOver(pool);
  return {
    options: optionsFor(db),
    withStartLock: async (work) => {
      const startPool = newPool(url, { max: 3, statement_timeout: MIGRATION_TIMEOUT_MS });
      const startDb = kyselyOver(startPool);
      try {
        const client = await startPool.connect();
        try {
          await client.query("select pg_advisory_lock($1)", [START_LOCK]);
          return await work(optionsFor(startDb));
        } finally {
          // Closing the connection always releases the lock. An unlock statement can fail.
          client.release(true);
        }
      } finally {
        await startDb.destroy();
      }
    },
    // The event loop is all that can hang here.
    ping: async () => {},
    close: () => db.destroy(),
  };
}

function newPool(url: string, limits: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "taskward-auth",
    connectionTimeoutMillis: STATEMENT_TIMEOUT_MS,
    ...limits,
  });
  // The pool replaces a lost connection. Without a listener, the event would end the process.
  pool.on("error", (error) => log("warn", "database-connection-lost", { reason: describeError(error) }));
  return pool;
}

function kyselyOver(pool: pg.Pool): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool: recordingPool(pool) }) });
}

function optionsFor(db: Kysely<unknown>) {
  return { db, type: "postgres", transaction: true, schemaName: SCHEMA } as const;
}

/** A pool that records faults, and does not use a connection again that failed without an answer of the server. */
function recordingPool(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => {
      refuseAfterFault();
      const client = await recorded(() => pool.connect());
      let connectionError: Error | undefined;
      const query = async (sql: string, parameters: readonly unknown[]) => {
        try {
          return await recorded(() => client.query(sql, [...parameters]));
        } catch (error) {
          if (!(error instanceof pg.DatabaseError)) connectionError ??= error as Error;
          throw error;
        }
      };
      return { query, release: () => client.release(connectionError) } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}

/** Records the fault of `work` in the request that waits for it. */
async function recorded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const sqlState = error instanceof pg.DatabaseError ? error.code : undefined;
    // Class 22, data exception: for example text with a NUL character.
    if (sqlState?.startsWith("22")) recordFault({ kind: "unstorable", error });
    // Class 23, constraints: Better Auth expects these errors, for example for an e-mail address in use.
    else if (!sqlState?.startsWith("23")) recordFault({ kind: "unavailable", error });
    throw error;
  }
}
