/**
 * The worker thread that runs all SQLite statements, because the driver is synchronous and a disk can be slow.
 *
 * Invariant: no statement waits for a lock of another process here. It fails at once with SQLITE_BUSY, and the main thread
 * tries again, so that a waiting writer does not hold up readers.
 */

import { parentPort, workerData } from "node:worker_threads";
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from "@photostructure/sqlite";
import { SQLITE_BUSY, SQLITE_CONSTRAINT, SQLITE_ERROR } from "./sqlite-codes.ts";

export type ConnectionName = "reader" | "writer";
export type Parameter = string | number | bigint | null | Uint8Array;

export type Command =
  | {
      readonly kind: "query";
      readonly connection: ConnectionName;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly kind: "rollback" | "ping" | "close" };

export interface Answer {
  readonly rows: readonly unknown[];
  readonly changes: number;
  readonly lastInsertRowid: number;
}

export interface Failure {
  readonly message: string;
  /** The primary result code of SQLite. Undefined: the error is not one of SQLite. */
  readonly code: number | undefined;
}

export type Outcome = { readonly answer: Answer } | { readonly failure: Failure };

const NO_ROWS: Answer = { rows: [], changes: 0, lastInsertRowid: 0 };
/** Better Auth sends a few dozen different statements. */
const MAX_STATEMENTS = 256;
/** For other processes. No request waits behind these. A supervisor kills this process 5 s after it asked it to stop. */
const OPEN_BUSY_TIMEOUT_MS = 5_000;
const CLOSE_BUSY_TIMEOUT_MS = 2_000;

class Connection {
  readonly #database: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();

  constructor(path: string, name: ConnectionName) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      // FULL: acknowledged writes survive a power loss.
      `PRAGMA busy_timeout = ${OPEN_BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 0;`,
    );
    if (name === "reader") this.#database.exec("PRAGMA query_only = ON");
  }

  query(sql: string, parameters: readonly unknown[]): Answer {
    const statement = this.#prepare(sql);
    const values = parameters as Parameter[];
    if (statement.columns().length > 0) {
      return { ...NO_ROWS, rows: statement.all(...values) };
    }
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  }

  /** SQLite has already rolled back after some errors, for example on a full disk. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  /** Writes the log into the database file and empties it, as far as other processes allow it. */
  checkpoint(): void {
    this.#database.exec(`PRAGMA busy_timeout = ${CLOSE_BUSY_TIMEOUT_MS}; PRAGMA wal_checkpoint(TRUNCATE);`);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSyncInstance {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function describe(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return { message, code: errcode & 0xff };
  // The driver leaves the number out where a statement with rows fails.
  if (code === "ERR_SQLITE_ERROR") return { message, code: codeFromMessage(message) };
  return { message, code: undefined };
}

function codeFromMessage(message: string): number {
  if (message === "database is locked") return SQLITE_BUSY;
  return /constraint failed/.test(message) ? SQLITE_CONSTRAINT : SQLITE_ERROR;
}

function run(path: string): void {
  const port = parentPort;
  if (port === null) return;
  let writer = new Connection(path, "writer");
  const reader = new Connection(path, "reader");
  const execute = (command: Command): Answer => {
    switch (command.kind) {
      case "query":
        return (command.connection === "writer" ? writer : reader).query(command.sql, command.parameters);
      case "rollback":
        try {
          writer.rollback();
        } catch {
          // The state of the connection is unknown, so it must not be used again.
          writer.close();
          writer = new Connection(path, "writer");
        }
        return NO_ROWS;
      case "ping":
        return NO_ROWS;
      case "close":
        reader.close();
        try {
          writer.rollback();
          writer.checkpoint();
        } catch {
          // The log stays, and the next start reads it. The main thread says so.
        }
        writer.close();
        return NO_ROWS;
    }
  };
  port.on("message", (command: Command) => {
    let outcome: Outcome;
    try {
      outcome = { answer: execute(command) };
    } catch (error) {
      outcome = { failure: describe(error) };
    }
    port.postMessage(outcome);
    // Ends the thread.
    if (command.kind === "close") port.close();
  });
  port.postMessage({ answer: NO_ROWS } satisfies Outcome);
}

run((workerData as { path: string }).path);
