/**
 * Aliases for the types of the generated schema.
 */
import type { components } from "./schema.ts";

export type Task = components["schemas"]["Task"];
export type Problem = components["schemas"]["Problem"];
