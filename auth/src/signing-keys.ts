/**
 * Prepares the stored signing keys before the server starts, in JWKS mode.
 *
 * It works around three problems of Better Auth: a key that is encrypted with an unknown secret makes every token request
 * fail, a changed algorithm has no effect while an old key is current, and parallel first requests each create a key.
 * Invariant afterwards: every current key has the configured algorithm and is encrypted with the current secret, at least
 * one exists, and replaced keys stay published while their tokens can be valid.
 */

import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import type { Jwk } from "better-auth/plugins";
import type { Auth } from "./auth.ts";
import type { Settings } from "./env.ts";
import { log } from "./log.ts";

type Context = Awaited<Auth["$context"]>;

/** Call it before serving, under the start lock. */
export async function prepareSigningKeys(auth: Auth, settings: Settings): Promise<void> {
  const context = await auth.$context;
  const keys = await context.adapter.findMany<Jwk>({ model: "jwks" });
  const now = new Date();
  for (const key of keys) {
    if (key.expiresAt && key.expiresAt <= now) continue;
    const change = await changeFor(key, settings, context, now);
    if (change === undefined) continue;
    await context.adapter.update({
      model: "jwks",
      where: [{ field: "id", value: key.id }],
      update: change.update,
    });
    log(change.level, "signing-key", { kid: key.id, what: change.what });
  }
  await ensureSigningKey(auth);
}

interface Change {
  readonly level: "info" | "warn";
  readonly what: string;
  readonly update: { expiresAt?: Date; privateKey?: string };
}

async function changeFor(
  key: Jwk,
  settings: Settings,
  context: Context,
  now: Date,
): Promise<Change | undefined> {
  if (key.alg !== settings.jwksAlgorithm) {
    return {
      level: "info",
      what: "retired: it has another algorithm than the configured one",
      update: { expiresAt: now },
    };
  }
  const stored: string = JSON.parse(key.privateKey);
  const decrypted = await decrypt(stored, context);
  if (decrypted === undefined) {
    // The public key stays published, so that its tokens stay valid.
    return {
      level: "warn",
      what: "retired: encrypted with a secret that is neither BETTER_AUTH_SECRET nor BETTER_AUTH_SECRET_PREVIOUS",
      update: { expiresAt: now },
    };
  }
  const update: Change["update"] = {};
  const changes: string[] = [];
  if (settings.jwksRotation !== undefined && !key.expiresAt) {
    // Not in the past, because the grace period for its last tokens starts at the expiry.
    const dueAt = key.createdAt.getTime() + settings.jwksRotation * 1000;
    update.expiresAt = new Date(Math.max(dueAt, now.getTime()));
    changes.push("set to expire: rotation was enabled");
  }
  if (!stored.startsWith(currentVersionPrefix(context))) {
    const encrypted = await symmetricEncrypt({ key: context.secretConfig, data: decrypted });
    update.privateKey = JSON.stringify(encrypted);
    changes.push("re-encrypted: BETTER_AUTH_SECRET_PREVIOUS is no longer needed for it");
  }
  return changes.length === 0 ? undefined : { level: "info", what: changes.join("; "), update };
}

async function decrypt(stored: string, context: Context): Promise<string | undefined> {
  try {
    return await symmetricDecrypt({ key: context.secretConfig, data: stored });
  } catch {
    return undefined;
  }
}

/** The prefix of values that Better Auth encrypts with the current secret. */
function currentVersionPrefix(context: Context): string {
  const secrets = context.secretConfig;
  return typeof secrets === "string" ? "" : `$ba$${secrets.currentVersion}$`;
}

/**
 * Signs a token that expired in 1970. Better Auth creates a key if there is no current one. An error stops the start instead
 * of failing the first request.
 */
async function ensureSigningKey(auth: Auth): Promise<void> {
  await auth.api.signJWT({ body: { payload: { sub: "start-up check", exp: 1 } } });
}
