/**
 * Hands the current and the previous secret to Better Auth so that stored signing keys survive a rotation.
 *
 * Better Auth marks what it encrypts with a version number and looks the secret up by that number. The number is
 * derived from the secret itself here: rows then name the secret that reads them, whatever order rotations came in,
 * and nobody keeps a version list in the environment.
 */

import { createHash } from "node:crypto";
import type { Settings } from "./env.ts";

export interface SecretVersion {
  readonly version: number;
  readonly value: string;
}

/** Current secret first: Better Auth signs and encrypts with that one, and only decrypts with the rest. */
export function secretVersions(settings: Settings): SecretVersion[] {
  const values = new Set([settings.secret, settings.previousSecret ?? settings.secret]);
  return [...values].map((value) => ({ version: versionOf(value), value }));
}

/**
 * 48 bits of a hash over a label and the secret, so that the number exists for this purpose alone. It lies beside
 * ciphertext made with the same secret, so it offers nobody a guess to test that the ciphertext does not offer already.
 */
function versionOf(secret: string): number {
  return createHash("sha256").update("taskward secret version\0").update(secret).digest().readUIntBE(0, 6);
}
