/** The composition root: starts and stops the database, Better Auth and the HTTP server. */

import { createApp } from "./app.ts";
import { createAuth, migrate } from "./auth.ts";
import { openDatabase } from "./database.ts";
import type { Settings } from "./env.ts";
import { log } from "./log.ts";
import { serve } from "./server.ts";
import { prepareSigningKeys } from "./signing-keys.ts";

/** Resolves with a stop function when the server is listening. */
export async function start(settings: Settings): Promise<() => Promise<void>> {
  const database = openDatabase(settings.database);
  const auth = await database.withStartLock(async () => {
    await migrate(settings, database);
    const ready = createAuth(settings, database);
    if (settings.tokens === "jwks") await prepareSigningKeys(ready, settings);
    return ready;
  });
  const server = await serve(createApp(auth), settings.listen);
  log("info", "listening", { address: server.address, origin: settings.origin, tokens: settings.tokens });
  return async () => {
    await server.stop();
    await database.close();
  };
}
