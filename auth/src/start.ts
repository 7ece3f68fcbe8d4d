/**
 * The composition root: database, migrations, keys, then serving, and the same backwards.
 */

import { createApp } from "./app.ts";
import { createAuth, migrate } from "./auth.ts";
import { openDatabase } from "./database.ts";
import type { Settings } from "./env.ts";
import { log } from "./log.ts";
import { serve } from "./server.ts";
import { prepareSigningKeys } from "./signing-keys.ts";

/** Resolves once requests are answered, with the function that stops it all. */
export async function start(settings: Settings): Promise<() => Promise<void>> {
  const database = openDatabase(settings.database);
  const auth = await database.exclusively(async () => {
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
