/**
 * Starts the built auth server as a process on a free port, and reads its log.
 *
 * Tests use HTTP, log lines and exit codes only. They do not import `src`.
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
  /** Resolves when the log contains the event this many times. */
  logged(event: string, times: number): Promise<void>;
  /** Sends the signal and waits for the exit. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  exited: Promise<Exit>;
}

/** Creates a directory that is removed after the test. */
export async function temporaryDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "taskward-auth-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Valid settings with a database in `directory`. */
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

/** Runs the server with these settings until it exits. */
export function runUntilExit(settings: Settings, ...args: string[]): Promise<Exit> {
  return observe(spawnWith(process.execPath, [MAIN, ...args], settings)).exited;
}

/** Starts the server and waits until it listens. */
export function startServer(test: TestContext, settings: Settings): Promise<AuthServer> {
  return whenListening(test, launch(settings));
}

/** Starts the server in a shell that forbids it to write to a file beyond this many blocks of 512 bytes. */
export function startWithFileLimit(
  test: TestContext,
  settings: Settings,
  blocks: number,
): Promise<AuthServer> {
  const script = `ulimit -f ${blocks} && exec "$0" "$1"`;
  return whenListening(test, spawnWith("/bin/sh", ["-c", script, process.execPath, MAIN], settings));
}

async function whenListening(test: TestContext, child: ChildProcess): Promise<AuthServer> {
  const watch = observe(child);
  test.after(() => child.kill("SIGKILL"));
  const exitedEarly = watch.exited.then((exit): never => {
    throw new Error(`the auth server exited with ${exit.code}: ${exit.stdout}${exit.stderr}`);
  });
  // Prevents an unhandled rejection when a test stops the server.
  exitedEarly.catch(() => {});
  const address = await Promise.race([watch.listening, exitedEarly]);
  return {
    url: `http://${address}`,
    process: child,
    logged: (event, times) => Promise.race([watch.logged(event, times), exitedEarly]),
    exited: watch.exited,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return watch.exited;
    },
  };
}

function launch(settings: Settings): ChildProcess {
  return spawnWith(process.execPath, [MAIN], settings);
}

function spawnWith(program: string, args: readonly string[], settings: Settings): ChildProcess {
  // Not the environment of this process, which may contain settings.
  const env = { PATH: process.env["PATH"] ?? "", ...settings };
  return spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
}

function observe(child: ChildProcess) {
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  /** Resolves with the first result of `find` that is not undefined. Calls it whenever the log grows. */
  const awaitLog = <T>(find: (log: string) => T | undefined) =>
    new Promise<T>((resolve) => {
      const listener = () => {
        const found = find(stdout);
        if (found === undefined) return;
        listeners.delete(listener);
        resolve(found);
      };
      listeners.add(listener);
      listener();
    });
  return {
    exited,
    listening: awaitLog((log) => /"event":"listening","address":"([^"]+)"/.exec(log)?.[1]),
    logged: async (event: string, times: number) => {
      await awaitLog((log) => (log.split(`"event":"${event}"`).length > times ? true : undefined));
    },
  };
}
