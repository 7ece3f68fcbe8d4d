/**
 * Starts servers as child processes and ends them with the test.
 *
 * Invariant: programs get no settings of the developer, only those that a test names.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

/** How long a server may take to write a line. */
const TIMEOUT_MS = 60_000;

/** How much output of a failed program an error shows. */
const SHOWN_LINES = 40;

const server = process.env["TASKWARD_BIN"];
assert.ok(server, "TASKWARD_BIN must name the built `taskward`; `cargo xtask examples` sets it");

/** The directory of `taskward` comes first, as docs/attach.md tells the reader to arrange. */
const ENVIRONMENT = {
  PATH: `${dirname(server)}:${process.env["PATH"]}`,
  HOME: process.env["HOME"],
  NO_COLOR: "1",
  NEXT_TELEMETRY_DISABLED: "1",
};

/** @typedef {{ directory: string, env?: Record<string, string> }} Options */

/**
 * Ports that nothing listens on.
 *
 * @param {number} count
 */
export async function freePorts(count) {
  const listeners = [];
  for (let index = 0; index < count; index += 1) {
    const listener = createServer();
    await new Promise((resolve) => listener.listen(0, () => resolve(undefined)));
    listeners.push(listener);
  }
  return Promise.all(
    listeners.map(async (listener) => {
      const address = listener.address();
      await new Promise((resolve) => listener.close(resolve));
      assert.ok(address !== null && typeof address === "object");
      return address.port;
    }),
  );
}

/**
 * Starts a script and waits for a line of its output. The script is ended with the test.
 *
 * @param {import("node:test").TestContext} test
 * @param {string} script
 * @param {string} line the text that the line contains
 * @param {Options} options
 */
export async function startServer(test, script, line, options) {
  // With `exec`, the signal at the end reaches the server and not only the shell.
  const command = /^(?=(?:[A-Z_]+=\S+ )*(?:\\\n\s*)?(?:node|taskward) )/m;
  assert.match(script, command);
  const child = spawnScript(script.replace(command, "exec env "), options);
  /** @type {string[]} */
  const log = [];
  const ended = new Promise((resolve) => child.once("close", resolve));
  test.after(async () => {
    child.kill();
    await ended;
  });
  const output = new EventEmitter();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (text) => {
      log.push(text);
      output.emit("line");
    });
  }
  /** Waits until the server has written a line that contains `text`. */
  const waitFor = (/** @type {string} */ text) =>
    new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) =>
        reject(new Error(`${why}: ${script}\n${log.slice(-SHOWN_LINES).join("\n")}`));
      const look = () => {
        if (log.some((found) => found.includes(text))) resolve(undefined);
      };
      AbortSignal.timeout(TIMEOUT_MS).addEventListener("abort", () => fail(`no line with "${text}" came`));
      ended.then((code) => fail(`ended with ${code}`));
      output.on("line", look);
      look();
    });
  await waitFor(line);
  return { log, waitFor };
}

/**
 * Runs a script to its end and returns what it wrote to standard output.
 *
 * @param {string} script
 * @param {Options} options
 * @returns {Promise<string>}
 */
export async function run(script, options) {
  const child = spawnScript(`set -eu\n${script}`, options);
  let output = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, `ended with ${code}: ${script}\n${output}\n${errors}`);
  return output;
}

/**
 * @param {string} script
 * @param {Options} options
 */
function spawnScript(script, { directory, env = {} }) {
  return spawn("bash", ["-c", script], {
    cwd: directory,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
