/**
 * Texts of one user in this tab's `sessionStorage`, such as unsent drafts.
 *
 * Invariants: every key contains the user id, so no user reads another's texts; credentials are never stored here; signing
 * out or switching users deletes the previous user's texts and revokes write access to them. If the browser denies storage,
 * reads return `null` and writes do nothing.
 */

/** The texts of one user. */
export type UserTexts = {
  read(name: string): string | null;
  write(name: string, value: string | null): void;
};

export type TextStorage = {
  forUser(userId: string): UserTexts;
  clear(userId: string): void;
  /** Deletes the texts of every user except `userId`. */
  clearOthers(userId: string): void;
};

const PREFIX = "taskward:";

/** `storage` is called for every access, because reading `window.sessionStorage` throws if storage is denied. */
export function createTextStorage(storage: () => Storage): TextStorage {
  const access = new Map<string, { revoked: boolean }>();

  function clearWhere(matches: (prefix: string) => boolean): void {
    for (const [userId, entry] of access) {
      if (!matches(prefixOf(userId))) continue;
      entry.revoked = true;
      access.delete(userId);
    }
    ignoreErrors(() => {
      for (const key of Object.keys(storage())) {
        const prefix = key.slice(0, key.lastIndexOf(":") + 1);
        if (prefix.startsWith(PREFIX) && matches(prefix)) storage().removeItem(key);
      }
    });
  }

  return {
    forUser(userId) {
      const entry = access.get(userId) ?? { revoked: false };
      access.set(userId, entry);
      const key = (name: string) => `${prefixOf(userId)}${name}`;
      return {
        read: (name) => ignoreErrors(() => storage().getItem(key(name))) ?? null,
        write(name, value) {
          if (entry.revoked) return;
          ignoreErrors(() => (value === null ? storage().removeItem(key(name)) : storage().setItem(key(name), value)));
        },
      };
    },
    clear: (userId) => clearWhere((prefix) => prefix === prefixOf(userId)),
    clearOthers: (userId) => clearWhere((prefix) => prefix !== prefixOf(userId)),
  };
}

function prefixOf(userId: string): string {
  return `${PREFIX}${encodeURIComponent(userId)}:`;
}

function ignoreErrors<T>(operation: () => T): T | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}
