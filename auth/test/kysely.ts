/** SQLite for a plain Better Auth, without the worker thread of this server. */

import type { DatabaseSyncInstance } from "@photostructure/sqlite";
import type { SqliteDatabase } from "kysely";

/** Kysely expects the interface of another driver, which takes parameters as an array. */
export function forKysely(database: DatabaseSyncInstance): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as (string | number)[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
      };
    },
  };
}
