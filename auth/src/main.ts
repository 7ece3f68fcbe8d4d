/**
 * The entry point: settings, signals, exit codes.
 *
 * Exit codes: 0 after a requested stop, 2 for invalid settings or arguments, 1 for other errors.
 *
 * With `--check` it only parses the settings, prints what a start would print about them, and exits with 0 or 2. It opens
 * and creates nothing.
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

/** Whether only the settings are to be checked. */
function parseArguments(names: readonly string[]): boolean {
  const unknown = names.find((name) => name !== "--check");
  if (unknown !== undefined) {
    // Without a value, which may be a secret.
    const [name] = unknown.split("=");
    throw new SettingsError(
      `the argument ${name} is not known. Use --check to check the settings, or no argument to start the server.`,
    );
  }
  return names.length > 0;
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
    const isCheck = parseArguments(process.argv.slice(2));
    const settings = parseSettings(process.env);
    if (isCheck) return 0;
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
