/**
 * Query and mutation keys, and the filters of the task list.
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
 * Mutations with the same scope run one after another. The order matters: the last of two changes must win, and a task
 * created offline must exist before it is changed.
 */
export const WRITE_SCOPE = { id: "tasks" } as const;
