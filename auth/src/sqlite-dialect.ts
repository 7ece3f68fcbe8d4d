/**
 * A Kysely dialect over {@link SqliteThread}: readers beside one writer.
 *
 * Invariants: reads outside of a transaction's writes use their own connection, so that they never wait for a writer. A
 * transaction locks the database (BEGIN IMMEDIATE) at its first write and not before: Better Auth hashes a password between
 * the reads and the writes of a sign-up, which would keep other writers out for a tenth of a second. Its reads before that
 * see what is committed, as on PostgreSQL.
 */

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { SqliteError, type SqliteThread } from "./sqlite-thread.ts";
import type { Answer } from "./sqlite-worker.ts";
import { recordFault, refuseAfterFault } from "./storage-fault.ts";
import { WriteTurns } from "./write-turns.ts";

export function sqliteDialect(thread: SqliteThread): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ThreadDriver(thread),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class ThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #turns = new WriteTurns((error) => error instanceof SqliteError && error.isBusy);

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadConnection> {
    return new ThreadConnection(this.#thread, this.#turns);
  }

  async beginTransaction(connection: ThreadConnection): Promise<void> {
    connection.begin();
  }

  async commitTransaction(connection: ThreadConnection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: ThreadConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(): Promise<void> {}

  /** The owner of the thread closes it. */
  async destroy(): Promise<void> {}
}

/** Not a connection of SQLite: it uses the reader or the writer of the thread. */
class ThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;
  readonly #turns: WriteTurns;
  /** A requested transaction becomes a locked one, with a turn, at its first write. */
  #transaction: "none" | "requested" | "locked" = "none";

  constructor(thread: SqliteThread, turns: WriteTurns) {
    this.#thread = thread;
    this.#turns = turns;
  }

  begin(): void {
    this.#transaction = "requested";
  }

  async commit(): Promise<void> {
    // After an error Kysely calls `rollback`, which releases the turn.
    refuseAfterFault();
    if (this.#transaction === "locked") await recorded(() => this.#thread.query("writer", "COMMIT"));
    this.#end();
  }

  async rollback(): Promise<void> {
    try {
      if (this.#transaction === "locked") await recorded(() => this.#thread.rollback());
    } finally {
      this.#end();
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes, lastInsertRowid } = await recorded(() => this.#execute(query));
    return {
      rows: rows as Row[],
      numAffectedRows: BigInt(changes),
      insertId: BigInt(lastInsertRowid),
    };
  }

  // biome-ignore lint/correctness/useYield: it only throws
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("The SQLite dialect cannot stream.");
  }

  async #execute({ sql, parameters, query }: CompiledQuery): Promise<Answer> {
    // Also in a transaction: SQLite ends it after some errors, and would commit each later statement by itself.
    refuseAfterFault();
    refuseUnstorable(parameters);
    if (this.#transaction === "locked") return this.#thread.query("writer", sql, parameters);
    if (SelectQueryNode.is(query)) {
      return this.#turns.retryRead(() => this.#thread.query("reader", sql, parameters));
    }
    if (this.#transaction === "requested") {
      await this.#turns.take(() => this.#thread.query("writer", "BEGIN IMMEDIATE"));
      this.#transaction = "locked";
      return this.#thread.query("writer", sql, parameters);
    }
    const answer = await this.#turns.take(() => this.#thread.query("writer", sql, parameters));
    this.#turns.release();
    return answer;
  }

  #end(): void {
    if (this.#transaction === "locked") this.#turns.release();
    this.#transaction = "none";
  }
}

/** The driver would store the text up to the NUL and say nothing. */
function refuseUnstorable(parameters: readonly unknown[]): void {
  if (parameters.some((value) => typeof value === "string" && value.includes("\0"))) {
    throw new SqliteError("a text with a NUL character cannot be stored", undefined);
  }
}

/** Records the fault of `work` in the request that waits for it. */
async function recorded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SqliteError && error.isUnstorable) recordFault({ kind: "unstorable", error });
    else if (!(error instanceof SqliteError && error.isConstraint))
      recordFault({ kind: "unavailable", error });
    throw error;
  }
}
