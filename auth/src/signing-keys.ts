/**
 * Puts the stored signing keys in order before the server serves, in JWKS mode.
 *
 * Better Auth alone leaves three traps: a key encrypted under an earlier secret makes every `/token` fail, a changed
 * algorithm setting has no effect while an old key lives, and parallel first requests make a key each. Afterwards
 * this holds: every live key has the configured algorithm and opens with the current secret, at least one exists, and
 * a replaced key stays public for as long as tokens it signed may live.
 */

import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import type { Jwk } from "better-auth/plugins";
import type { Auth } from "./auth.ts";
import type { Settings } from "./env.ts";
import { log } from "./log.ts";

type Context = Awaited<Auth["$context"]>;

/** Reads every key once; call it before serving and while no other auth server does the same. */
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
  await provideKey(auth);
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
      what: "retired: the configured algorithm is another",
      update: { expiresAt: now },
    };
  }
  const stored: string = JSON.parse(key.privateKey);
  const opened = await open(stored, context);
  if (opened === undefined) {
    // The public half goes on verifying what was signed, so nobody notices but this log.
    return {
      level: "warn",
      what: "retired: stored under a secret that is neither BETTER_AUTH_SECRET nor BETTER_AUTH_SECRET_PREVIOUS",
      update: { expiresAt: now },
    };
  }
  const update: Change["update"] = {};
  const done: string[] = [];
  if (settings.jwksRotation !== undefined && !key.expiresAt) {
    // Not in the past: the grace that its last tokens need begins now.
    const dueAt = key.createdAt.getTime() + settings.jwksRotation * 1000;
    update.expiresAt = new Date(Math.max(dueAt, now.getTime()));
    done.push("given an expiry: rotation was switched on");
  }
  if (!stored.startsWith(currentMark(context))) {
    const sealed = await symmetricEncrypt({ key: context.secretConfig, data: opened });
    update.privateKey = JSON.stringify(sealed);
    done.push("encrypted anew: BETTER_AUTH_SECRET_PREVIOUS is no longer needed for it");
  }
  return done.length === 0 ? undefined : { level: "info", what: done.join("; "), update };
}

async function open(stored: string, context: Context): Promise<string | undefined> {
  try {
    return await symmetricDecrypt({ key: context.secretConfig, data: stored });
  } catch {
    return undefined;
  }
}

/** What Better Auth puts before a value it encrypted under the current secret. */
function currentMark(context: Context): string {
  const secrets = context.secretConfig;
  return typeof secrets === "string" ? "" : `$ba$${secrets.currentVersion}$`;
}

/**
 * Signs once and throws the result away: Better Auth makes a key where no live one is left, and a key that cannot
 * sign stops the start rather than the first person. The token expired in 1970.
 */
async function provideKey(auth: Auth): Promise<void> {
  await auth.api.signJWT({ body: { payload: { sub: "start-up check", exp: 1 } } });
}
