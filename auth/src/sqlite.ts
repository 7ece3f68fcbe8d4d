/** The SQLite database of Better Auth: one file, one thread. */

import { closeSync, mkdirSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Kysely } from "kysely";
import type { Database } from "./database.ts";
import { log } from "./log.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { SqliteThread } from "./sqlite-thread.ts";

export async function openSqlite(path: string): Promise<Database> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Created here, because the driver would apply the umask. SQLite creates the -wal and -shm files with the mode of the
  // database file.
  closeSync(openSync(path, "a", 0o600));
  const thread = await SqliteThread.open(path).catch((error: Error) => {
    throw new Error(
      `the database that AUTH_DATABASE_URL names cannot be opened: ${error.message}. Use a file of the auth server, or a path where no file is.`,
    );
  });
  const db = new Kysely<unknown>({ dialect: sqliteDialect(thread) });
  // Without `transaction`, a crash between the two inserts of a sign-up leaves a user without a password.
  const options = { db, type: "sqlite", transaction: true } as const;
  return {
    options,
    // No lock: a server that starts at the same time waits for the write lock of each statement.
    withStartLock: (work) => work(options),
    ping: () => thread.ping(),
    close: async () => {
      await db.destroy();
      await thread.close();
      const remaining = await stat(`${path}-wal`).catch(() => undefined);
      if (remaining !== undefined && remaining.size > 0) {
        log("warn", "write-ahead-log-kept", {
          reason:
            "another process uses the database, or the disk is full: a copy of the database file is not complete without its -wal file",
        });
      }
    },
  };
}
