/**
 * The entry point: settings, signals, exit codes.
 *
 * Exit codes: 0 after a requested stop, 2 for invalid settings, 1 for other errors.
 */

import { parseSettings, type Settings } from "./env.ts";
import { describeError, log, printStartError } from "./log.ts";
import { SettingsError } from "./settings-error.ts";

/** Resolves with the reason when this process should stop. */
function waitForStopRequest(settings: Settings): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
    if (settings.supervised) {
      process.stdin.once("close", () => resolve("parent exited"));
      process.stdin.resume();
    }
  });
}

async function main(): Promise<number> {
  // The reader of the output may exit first if the process group is stopped. The shutdown must still finish.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  // Node prints all properties of the error, and those of a database error may contain a row.
  process.on("uncaughtException", (error) => {
    log("error", "crashed", { reason: describeError(error) });
    process.exit(1);
  });
  try {
    const settings = parseSettings(process.env);
    const stopRequested = waitForStopRequest(settings);
    // Imported here, because loading Better Auth takes half a second and invalid settings should be reported at once.
    const { start } = await import("./start.ts");
    const stop = await start(settings);
    log("info", "stopping", { reason: await stopRequested });
    await stop();
    log("info", "stopped");
    return 0;
  } catch (error) {
    if (error instanceof SettingsError) {
      printStartError(error.message);
      return 2;
    }
    printStartError(`could not start. ${describeError(error)}`);
    return 1;
  }
}

process.exit(await main());
