/**
 * Opens and closes the database of Better Auth.
 *
 * Better Auth receives a Kysely instance, so that this process owns the connections and can close them.
 */

import type { BetterAuthOptions } from "better-auth";
import type { DatabaseSettings } from "./env.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

/** Better Auth's `database` option. */
export type DatabaseOptions = NonNullable<BetterAuthOptions["database"]>;

export interface Database {
  readonly options: DatabaseOptions;
  /** Runs `work` under a lock that all auth servers of the database share, with options that suit migrations. */
  withStartLock<T>(work: (options: DatabaseOptions) => Promise<T>): Promise<T>;
  /** Resolves if the database layer of this process runs, also while the database is locked or cannot be reached. */
  ping(): Promise<void>;
  /** Afterwards a SQLite database is complete in its file, without the write-ahead log. */
  close(): Promise<void>;
}

/** Opens the configured database. Does not create tables. */
export function openDatabase(settings: DatabaseSettings): Promise<Database> {
  return settings.kind === "sqlite" ? openSqlite(settings.path) : openPostgres(settings.url);
}
