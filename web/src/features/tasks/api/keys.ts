/**
 * The names under which the tasks of a user are cached, and what may be asked of a list.
 */

export const FILTERS = ["all", "active", "completed"] as const;
export type Filter = (typeof FILTERS)[number];

export function isFilter(value: unknown): value is Filter {
  return FILTERS.some((filter) => filter === value);
}

export const taskKeys = {
  all: (userId: string) => ["tasks", userId] as const,
  lists: (userId: string) => [...taskKeys.all(userId), "list"] as const,
  list: (userId: string, filter: Filter) => [...taskKeys.lists(userId), filter] as const,
  create: (userId: string) => [...taskKeys.all(userId), "create"] as const,
  change: (userId: string) => [...taskKeys.all(userId), "change"] as const,
};

/**
 * Writes go out one after the other, in the order in which the person made them: ticking twice ends where it should, and
 * a task made offline exists before it is changed.
 */
export const WRITE_SCOPE = { id: "tasks" } as const;
