/** Made-up people, each new in the system. */

import { randomUUID } from "node:crypto";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Somebody with this name whom nobody has met. */
export function newPerson(name = "Alice"): Person {
  const email = `${name.toLowerCase()}-${randomUUID()}@example.com`;
  return { name, email, password: `pass ${randomUUID()}` };
}
