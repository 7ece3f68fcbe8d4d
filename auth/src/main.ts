/**
 * The process: settings in, signals in, exit code out.
 *
 * Exit codes: 0 after a stop that was asked for, 2 for settings that cannot work, 1 for everything else.
 */

import { parseSettings, type Settings } from "./env.ts";
import { describe, log, refuse } from "./log.ts";
import { SettingsError } from "./settings-error.ts";

/** Resolves with the reason as soon as this process should end. */
function stopRequested(settings: Settings): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
    if (settings.supervised) {
      process.stdin.once("close", () => resolve("parent gone"));
      process.stdin.resume();
    }
  });
}

async function main(): Promise<number> {
  // The reader of our lines may go first when a whole group is stopped; that must not stop us halfway.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  // Node would print the error with all its properties, and a database error's properties quote the row.
  process.on("uncaughtException", (error) => {
    log("error", "crashed", { reason: describe(error) });
    process.exit(1);
  });
  try {
    const settings = parseSettings(process.env);
    const requested = stopRequested(settings);
    // Loaded only now: Better Auth takes half a second, and a refusal should not wait for it.
    const { start } = await import("./start.ts");
    const stop = await start(settings);
    log("info", "stopping", { reason: await requested });
    await stop();
    log("info", "stopped");
    return 0;
  } catch (error) {
    if (error instanceof SettingsError) {
      refuse(error.message);
      return 2;
    }
    refuse(`could not start. ${describe(error)}`);
    return 1;
  }
}

process.exit(await main());
