/**
 * The wire types the app uses, by the names it uses. They come from the generated schema; nothing is written by hand here.
 */
import type { components } from "./schema.ts";

export type Task = components["schemas"]["Task"];
export type Problem = components["schemas"]["Problem"];
