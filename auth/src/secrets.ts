/**
 * The versioned secrets for Better Auth, so that stored signing keys can be decrypted after a rotation.
 *
 * Better Auth prefixes encrypted values with the version number of the secret. The number is derived from the secret here,
 * so that it does not depend on the order of rotations and need not be configured.
 */

import { createHash } from "node:crypto";
import type { Settings } from "./env.ts";

export interface SecretVersion {
  readonly version: number;
  readonly value: string;
}

/** The current secret is first. Better Auth signs and encrypts with it, and only decrypts with the other. */
export function secretVersions(settings: Settings): SecretVersion[] {
  const values = new Set([settings.secret, settings.previousSecret ?? settings.secret]);
  return [...values].map((value) => ({ version: versionOf(value), value }));
}

/**
 * The first 48 bits of a hash over a label and the secret. The number is stored with ciphertext of the same secret, which
 * already allows offline guessing, so it discloses nothing more.
 */
function versionOf(secret: string): number {
  return createHash("sha256").update("taskward secret version\0").update(secret).digest().readUIntBE(0, 6);
}
