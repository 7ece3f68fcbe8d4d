/**
 * The main thread's end of the SQLite worker thread.
 *
 * Invariant: commands are answered in the order in which they were sent.
 */

import { Worker } from "node:worker_threads";
import { SQLITE_BUSY, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG } from "./sqlite-codes.ts";
import type { Answer, Command, ConnectionName, Outcome } from "./sqlite-worker.ts";

/** An error of SQLite or of its driver. */
export class SqliteError extends Error {
  override readonly name = "SqliteError";

  /** The primary result code. Undefined: the driver refused a parameter. */
  readonly code: number | undefined;

  constructor(message: string, code: number | undefined) {
    super(message);
    this.code = code;
  }

  get isBusy(): boolean {
    return this.code === SQLITE_BUSY;
  }

  /** A rule of the schema refused the values. Better Auth expects this error, for example for an e-mail address in use. */
  get isConstraint(): boolean {
    return this.code === SQLITE_CONSTRAINT;
  }

  get isUnstorable(): boolean {
    return this.code === undefined || this.code === SQLITE_TOOBIG || this.code === SQLITE_MISMATCH;
  }
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class SqliteThread {
  readonly #worker: Worker;
  readonly #pending: Pending[] = [];
  #hasClosed = false;

  /** Opens or creates the database. */
  static async open(path: string): Promise<SqliteThread> {
    const worker = new Worker(new URL("./sqlite-worker.js", import.meta.url), { workerData: { path } });
    const thread = new SqliteThread(worker);
    // The worker's first message says that the database is open.
    await thread.#nextAnswer();
    return thread;
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (outcome: Outcome) => {
      const pending = this.#pending.shift();
      if ("answer" in outcome) pending?.resolve(outcome.answer);
      else pending?.reject(new SqliteError(outcome.failure.message, outcome.failure.code));
    });
    let isOpen = false;
    worker.once("message", () => {
      isOpen = true;
    });
    worker.on("error", (error) => {
      // Without its worker, this process cannot serve anything. A supervisor starts it again.
      if (isOpen) throw error;
      this.#pending.shift()?.reject(error);
    });
    worker.on("exit", (code) => {
      if (isOpen && !this.#hasClosed) throw new Error(`the database thread exited with ${code}`);
    });
  }

  query(connection: ConnectionName, sql: string, parameters: readonly unknown[] = []): Promise<Answer> {
    return this.#send({ kind: "query", connection, sql, parameters });
  }

  /** Ends the writer's transaction, if there is one. */
  async rollback(): Promise<void> {
    await this.#send({ kind: "rollback" });
  }

  /** Resolves when the thread has executed everything that was sent before. */
  async ping(): Promise<void> {
    await this.#send({ kind: "ping" });
  }

  /** Rolls back what is not committed, empties the write-ahead log, and closes the database. */
  async close(): Promise<void> {
    this.#hasClosed = true;
    await this.#send({ kind: "close" });
  }

  #send(command: Command): Promise<Answer> {
    try {
      this.#worker.postMessage(command);
    } catch (error) {
      // A value that cannot be copied to the thread, for example a function.
      return Promise.reject(
        new SqliteError(error instanceof Error ? error.message : String(error), undefined),
      );
    }
    return this.#nextAnswer();
  }

  #nextAnswer(): Promise<Answer> {
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }
}
