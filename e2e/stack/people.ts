/** Test users. */

import { randomUUID } from "node:crypto";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Returns a user that is not registered yet. */
export function newPerson(name = "Alice"): Person {
  const email = `${name.toLowerCase()}-${randomUUID()}@example.com`;
  return { name, email, password: `pass ${randomUUID()}` };
}
