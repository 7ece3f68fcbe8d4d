/**
 * Starts the built auth server as the process it is in production, on a free port, and reads what it logs.
 *
 * Tests see it from outside only: HTTP, log lines, exit code. Nothing of `src` is imported anywhere in this folder.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
export const ORIGIN = "http://localhost:8080";
export const SECRET = "first-secret-of-the-test-suite-0123456789abcdef";
/** A directory that is gone after the test. */
export async function temporaryDirectory(test) {
    const directory = await mkdtemp(join(tmpdir(), "taskward-auth-"));
    test.after(() => rm(directory, { recursive: true, force: true }));
    return directory;
}
/** Settings that work, over a database in the given directory. */
export function settingsFor(directory, more = {}) {
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
export function runToEnd(settings) {
    return observe(launch(settings)).exited;
}
/** Starts the server and waits until it says that it listens. */
export async function startServer(test, settings) {
    const child = launch(settings);
    const watch = observe(child);
    test.after(() => child.kill("SIGKILL"));
    const endedEarly = watch.exited.then((exit) => {
        throw new Error(`the auth server ended with ${exit.code}: ${exit.stdout}${exit.stderr}`);
    });
    // Most tests end the server themselves and never look at this.
    endedEarly.catch(() => { });
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
function launch(settings) {
    // Nothing of this process's environment leaks in: an AUTH_ name there would change what is tested.
    const env = { PATH: process.env["PATH"] ?? "", ...settings };
    return spawn(process.execPath, [MAIN], { env, stdio: ["pipe", "pipe", "pipe"] });
}
function observe(child) {
    let stdout = "";
    let stderr = "";
    const readers = new Set();
    child.stdout?.setEncoding("utf8").on("data", (text) => {
        stdout += text;
        for (const reader of readers)
            reader();
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
        stderr += text;
    });
    const exited = new Promise((resolve) => {
        child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
    /** Resolves with what `find` finds in the log, as soon as it finds something. */
    const awaitLog = (find) => new Promise((resolve) => {
        const reader = () => {
            const found = find(stdout);
            if (found === undefined)
                return;
            readers.delete(reader);
            resolve(found);
        };
        readers.add(reader);
        reader();
    });
    return {
        exited,
        listening: awaitLog((log) => /"event":"listening","address":"([^"]+)"/.exec(log)?.[1]),
        logged: async (event, times) => {
            await awaitLog((log) => (log.split(`"event":"${event}"`).length > times ? true : undefined));
        },
    };
}
