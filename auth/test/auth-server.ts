/**
 * Starts the built auth server as the process it is in production, on a free port, and reads what it logs.
 *
 * Tests see it from outside only: HTTP, log lines, exit code. Nothing of `src` is imported anywhere in this folder.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export const ORIGIN = "http://localhost:8080";
export const SECRET = "first-secret-of-the-test-suite-0123456789abcdef";

export type Settings = Readonly<Record<string, string>>;

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AuthServer {
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves once the log holds this event so many times. */
  logged(event: string, times: number): Promise<void>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  exited: Promise<Exit>;
}

/** A directory that is gone after the test. */
export async function temporaryDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "taskward-auth-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Settings that work, over a database in the given directory. */
export function settingsFor(directory: string, more: Settings = {}): Settings {
  return {
    AUTH_LISTEN: "127.0.0.1:0",
    AUTH_DATABASE_URL: `sqlite:${join(directory, "auth.db")}`,
    AUTH_RATE_LIMIT: "off",
    BETTER_AUTH_URL: ORIGIN,
    BETTER_AUTH_SECRET: SECRET,
    ...more,
  };
}

/** Runs the server with exactly these settings until it ends by itself. */
export function runToEnd(settings: Settings): Promise<Exit> {
  return observe(launch(settings)).exited;
}

/** Starts the server and waits until it says that it listens. */
export async function startServer(test: TestContext, settings: Settings): Promise<AuthServer> {
  const child = launch(settings);
  const watch = observe(child);
  test.after(() => child.kill("SIGKILL"));
  const endedEarly = watch.exited.then((exit): never => {
    throw new Error(`the auth server ended with ${exit.code}: ${exit.stdout}${exit.stderr}`);
  });
  // Most tests end the server themselves and never look at this.
  endedEarly.catch(() => {});
  const address = await Promise.race([watch.listening, endedEarly]);
  return {
    url: `http://${address}`,
    process: child,
    logged: (event, times) => Promise.race([watch.logged(event, times), endedEarly]),
    exited: watch.exited,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return watch.exited;
    },
  };
}

function launch(settings: Settings): ChildProcess {
  // Nothing of this process's environment leaks in: an AUTH_ name there would change what is tested.
  const env = { PATH: process.env["PATH"] ?? "", ...settings };
  return spawn(process.execPath, [MAIN], { env, stdio: ["pipe", "pipe", "pipe"] });
}

function observe(child: ChildProcess) {
  let stdout = "";
  let stderr = "";
  const readers = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const reader of readers) reader();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  /** Resolves with what `find` finds in the log, as soon as it finds something. */
  const awaitLog = <T>(find: (log: string) => T | undefined) =>
    new Promise<T>((resolve) => {
      const reader = () => {
        const found = find(stdout);
        if (found === undefined) return;
        readers.delete(reader);
        resolve(found);
      };
      readers.add(reader);
      reader();
    });
  return {
    exited,
    listening: awaitLog((log) => /"event":"listening","address":"([^"]+)"/.exec(log)?.[1]),
    logged: async (event: string, times: number) => {
      await awaitLog((log) => (log.split(`"event":"${event}"`).length > times ? true : undefined));
    },
  };
}
