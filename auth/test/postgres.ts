/**
 * Creates an empty PostgreSQL database for a test, on the server at `AUTH_TEST_POSTGRES_URL`, or on a new server in a
 * temporary directory with a Unix socket. If neither is possible, the test fails.
 */

import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);

/** Returns the URL of an empty database that is removed after the test. */
export async function freshDatabase(test: TestContext): Promise<string> {
  const given = process.env["AUTH_TEST_POSTGRES_URL"];
  const server = given === undefined || given === "" ? await startPostgres(test) : given;
  const name = `taskward_auth_${randomBytes(6).toString("hex")}`;
  await query(server, `CREATE DATABASE ${name}`);
  // A new server is removed with its databases.
  if (server === given) test.after(() => query(server, `DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function startPostgres(test: TestContext): Promise<string> {
  const programs = await findPrograms();
  const owner = await unprivilegedOwner();
  const directory = await mkdtemp(join(tmpdir(), "taskward-pg-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  const options = { ...owner, cwd: directory };
  await run(
    join(programs, "initdb"),
    ["-D", data, "-U", "taskward", "-A", "trust", "--no-sync", "-E", "UTF8"],
    options,
  );
  const server = spawn(
    join(programs, "postgres"),
    ["-D", data, "-k", directory, "-c", "listen_addresses=", "-c", "fsync=off"],
    { ...options, stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  test.after(async () => {
    server.kill("SIGQUIT");
    await ended;
  });
  await new Promise<void>((resolve, reject) => {
    let output = "";
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("ready to accept connections")) resolve();
    });
    ended.then(() => reject(new Error(`PostgreSQL exited at start: ${output}`)));
  });
  return `postgres://taskward@localhost/postgres?host=${encodeURIComponent(directory)}`;
}

/** Finds initdb and postgres in PATH or in the directories of Debian and Fedora. */
async function findPrograms(): Promise<string> {
  const versions = await readdir("/usr/lib/postgresql").catch(() => []);
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((v) => `/usr/lib/postgresql/${v}/bin`);
  for (const directory of [...(process.env["PATH"] ?? "").split(delimiter), ...debian, "/usr/pgsql/bin"]) {
    const names = await readdir(directory).catch((): string[] => []);
    if (names.includes("initdb") && names.includes("postgres")) return directory;
  }
  throw new Error(
    "PostgreSQL is not installed. Install it, or set AUTH_TEST_POSTGRES_URL to a server where databases can be created.",
  );
}

/** Returns another user if this process runs as root, because PostgreSQL refuses to run as root. */
async function unprivilegedOwner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map((flag) =>
        run("id", [flag, name]).then(
          ({ stdout }) => Number(stdout),
          () => undefined,
        ),
      ),
    );
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(
    "PostgreSQL cannot run as root, and there is no user postgres or nobody. Set AUTH_TEST_POSTGRES_URL.",
  );
}

/** Runs one query and returns its rows. */
export async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Another program's connection to the database. */
export async function connectTo(test: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // The database is dropped by force after the test.
  client.on("error", () => {});
  await client.connect();
  test.after(() => client.end());
  return client;
}
