/**
 * Runs `taskward serve`, which starts Better Auth, with its own data directory. It can be stopped, killed and restarted with
 * the same data.
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

  /** Starts Taskward with an empty database. */
  static async start(tokens: TokenMode, more: Settings = {}): Promise<Taskward> {
    for (const file of [PROGRAM, AUTH_SERVER]) {
      if (!existsSync(file))
        throw new Error(`${file} does not exist. Build it first, or run cargo xtask test.`);
    }
    const [port, authPort] = await freePorts();
    const taskward = new Taskward(port, await mkdtemp(join(tmpdir(), "taskward-e2e-")), {
      TASKWARD_LISTEN: `127.0.0.1:${port}`,
      TASKWARD_AUTH_UPSTREAM: `http://127.0.0.1:${authPort}`,
      TASKWARD_AUTH_COMMAND: `'${process.execPath}' '${AUTH_SERVER}'`,
      TASKWARD_TOKENS: tokens,
      // All tests use the same client address. The rate limits have their own test.
      TASKWARD_RATE_LIMITS: "off",
      AUTH_RATE_LIMIT: "off",
      BETTER_AUTH_SECRET: randomBytes(32).toString("base64"),
      ...more,
    });
    await taskward.start();
    return taskward;
  }

  /** Starts all processes and waits until they are ready. `change` overrides settings for this start only. */
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
        message: "taskward serve becomes ready",
        intervals: [50],
        timeout: START_MS,
      })
      .toBe("ready");
  }

  /** Sends `signal` to the server. Resolves when all processes have exited. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.#process?.kill(signal);
    // The auth server inherits the pipes, so `close` is emitted only after it has exited too.
    await this.#exited;
  }

  /** Stops all processes and deletes the data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The output of all processes. */
  get log(): string {
    return this.#log;
  }

  async #readiness(child: ChildProcess): Promise<string> {
    if (child.exitCode !== null) throw new Error(`taskward exited with ${child.exitCode}:\n${this.#log}`);
    try {
      const response = await fetch(`${this.origin}/readyz`);
      return response.ok ? "ready" : `${response.status}`;
    } catch {
      return "no response";
    }
  }
}

/** Returns two free ports. Both servers are open at the same time, so the ports differ. */
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
