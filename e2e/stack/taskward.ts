/**
 * The whole of Taskward as an operator runs it: one `taskward serve`, which starts Better Auth by itself, over a data
 * directory of its own. It can be stopped, killed and started again over the same data.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";

export type TokenMode = "shared-secret" | "jwks";
export type Settings = Readonly<Record<string, string>>;

const REPOSITORY = join(import.meta.dirname, "../..");
const PROGRAM = process.env["TASKWARD_BIN"] || join(REPOSITORY, "target/debug/taskward");
const AUTH_SERVER = join(REPOSITORY, "auth/dist/main.js");

const START_MS = 30_000;

export class Taskward {
  /** What the address bar shows. */
  readonly origin: string;
  readonly #directory: string;
  readonly #settings: Settings;
  #process: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #log = "";

  private constructor(port: number, directory: string, settings: Settings) {
    this.origin = `http://localhost:${port}`;
    this.#directory = directory;
    this.#settings = settings;
  }

  /** A running system with no people in it. */
  static async start(tokens: TokenMode, more: Settings = {}): Promise<Taskward> {
    for (const file of [PROGRAM, AUTH_SERVER]) {
      if (!existsSync(file))
        throw new Error(`${file} is not there: build it first, or run cargo xtask test.`);
    }
    const [port, authPort] = await freePorts();
    const taskward = new Taskward(port, await mkdtemp(join(tmpdir(), "taskward-e2e-")), {
      TASKWARD_LISTEN: `127.0.0.1:${port}`,
      TASKWARD_AUTH_UPSTREAM: `http://127.0.0.1:${authPort}`,
      TASKWARD_AUTH_COMMAND: `'${process.execPath}' '${AUTH_SERVER}'`,
      TASKWARD_TOKENS: tokens,
      // Every person of every test comes from one address; the limits have a test of their own.
      TASKWARD_RATE_LIMITS: "off",
      AUTH_RATE_LIMIT: "off",
      BETTER_AUTH_SECRET: randomBytes(32).toString("base64"),
      ...more,
    });
    await taskward.start();
    return taskward;
  }

  /** Starts all processes, with these settings changed for this start, and waits until they can do their work. */
  async start(change: Settings = {}): Promise<void> {
    const child = spawn(PROGRAM, ["serve"], {
      cwd: this.#directory,
      env: {
        PATH: process.env["PATH"] ?? "",
        TASKWARD_DATA: join(this.#directory, "data"),
        BETTER_AUTH_URL: this.origin,
        ...this.#settings,
        ...change,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#exited = new Promise((resolve) => child.once("close", () => resolve()));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
    await expect
      .poll(() => this.#readiness(child), {
        message: `taskward serve becomes ready`,
        intervals: [50],
        timeout: START_MS,
      })
      .toBe("ready");
  }

  /** Ends all processes: politely, or as a power cut would. Resolves when the last one is gone. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.#process?.kill(signal);
    // The auth server holds the same pipes, so they close only when it has ended too.
    await this.#exited;
  }

  /** Ends everything and removes the data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Everything that the processes have written. */
  get log(): string {
    return this.#log;
  }

  async #readiness(child: ChildProcess): Promise<string> {
    if (child.exitCode !== null) throw new Error(`taskward ended with ${child.exitCode}:\n${this.#log}`);
    try {
      const answer = await fetch(`${this.origin}/readyz`);
      return answer.ok ? "ready" : `${answer.status}`;
    } catch {
      return "no answer yet";
    }
  }
}

/** Two ports that nobody listens on now. Both are held while the other is sought, so they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports as [number, number];
}
