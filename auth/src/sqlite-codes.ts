/** Primary result codes of SQLite: https://sqlite.org/rescode.html. */

export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
export const SQLITE_TOOBIG = 18;
export const SQLITE_CONSTRAINT = 19;
export const SQLITE_MISMATCH = 20;
