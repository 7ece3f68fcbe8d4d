/** The composition root: starts and stops the database, Better Auth and the HTTP server. */

import { createApp } from "./app.ts";
import { createAuth, migrate } from "./auth.ts";
import { openDatabase } from "./database.ts";
import type { Settings } from "./env.ts";
import { log } from "./log.ts";
import { serve } from "./server.ts";
import { prepareSigningKeys } from "./signing-keys.ts";

/** Longer than the 2 s that the last checkpoint waits for another process. */
const CLOSE_TIMEOUT_MS = 4_000;

/** Resolves with a stop function when the server is listening. */
export async function start(settings: Settings): Promise<() => Promise<void>> {
  const database = await openDatabase(settings.database);
  const auth = await database.withStartLock(async (options) => {
    await migrate(settings, options);
    const ready = createAuth(settings, database);
    if (settings.tokens === "jwks") await prepareSigningKeys(ready, settings);
    return ready;
  });
  const server = await serve(createApp(auth, database), settings.listen);
  log("info", "listening", { address: server.address, origin: settings.origin, tokens: settings.tokens });
  return async () => {
    await server.stop();
    await withTimeout(database.close());
  };
}

async function withTimeout(closed: Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    log("error", "database-not-closed", { reason: "a statement has not ended, so this process is killed" });
    // `process.exit` would wait for the thread that runs the statement.
    process.kill(process.pid, "SIGKILL");
  }, CLOSE_TIMEOUT_MS);
  await closed;
  clearTimeout(timer);
}
