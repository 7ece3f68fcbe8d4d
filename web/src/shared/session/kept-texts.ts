/**
 * Small texts kept for one user in this tab's `sessionStorage`: what was typed and not yet sent.
 *
 * Invariants: every key names its user, so nobody reads another's; nothing that proves identity is ever put here; a user who
 * signs out, or gives way to another, leaves nothing behind, and whoever still holds their texts can no longer write. A
 * browser that forbids storage loses only the keeping.
 */

/** The texts of one user. */
export type UserTexts = {
  read(name: string): string | null;
  write(name: string, value: string | null): void;
};

export type KeptTexts = {
  of(userId: string): UserTexts;
  /** Removes everything kept for `userId`. */
  forget(userId: string): void;
  /** Removes everything kept for anybody else. */
  forgetAllBut(userId: string): void;
};

const PREFIX = "taskward:";

/** Keeps texts in `storage`, which is asked for each time because merely naming it may be forbidden. */
export function keepTexts(storage: () => Storage): KeptTexts {
  const leases = new Map<string, { ended: boolean }>();

  function forgetWhere(matches: (owner: string) => boolean): void {
    for (const [userId, lease] of leases) {
      if (!matches(prefixOf(userId))) continue;
      lease.ended = true;
      leases.delete(userId);
    }
    attempt(() => {
      for (const key of Object.keys(storage())) {
        const owner = key.slice(0, key.lastIndexOf(":") + 1);
        if (owner.startsWith(PREFIX) && matches(owner)) storage().removeItem(key);
      }
    });
  }

  return {
    of(userId) {
      const lease = leases.get(userId) ?? { ended: false };
      leases.set(userId, lease);
      const key = (name: string) => `${prefixOf(userId)}${name}`;
      return {
        read: (name) => attempt(() => storage().getItem(key(name))) ?? null,
        write(name, value) {
          if (lease.ended) return;
          attempt(() => (value === null ? storage().removeItem(key(name)) : storage().setItem(key(name), value)));
        },
      };
    },
    forget: (userId) => forgetWhere((owner) => owner === prefixOf(userId)),
    forgetAllBut: (userId) => forgetWhere((owner) => owner !== prefixOf(userId)),
  };
}

function prefixOf(userId: string): string {
  return `${PREFIX}${encodeURIComponent(userId)}:`;
}

function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
