/** Start, health check, limits, files, logs and shutdown. */

import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { DatabaseSync } from "@photostructure/sqlite";
import {
  type AuthServer,
  runUntilExit,
  SECRET,
  settingsFor,
  startServer,
  temporaryDirectory,
} from "./auth-server.ts";
import { ALICE, Browser, PASSWORD, signedUp } from "./browser.ts";

test("the health check is 200, unknown paths are a JSON 404", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const health = await fetch(`${server.url}/healthz`);
  assert.equal(health.status, 200);
  assert.deepEqual(await health.json(), { status: "ok" });
  for (const path of ["/", "/api", "/api/users/me/tasks", "/healthz/x"]) {
    const answer = await fetch(server.url + path);
    assert.equal(answer.status, 404, path);
    assert.equal(((await answer.json()) as { code: string }).code, "NOT_FOUND");
  }
  assert.equal((await fetch(`${server.url}/api/auth/error?error=x`)).status, 404);
});

test("only the owner can access the database file", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(
    t,
    settingsFor(directory, { AUTH_DATABASE_URL: `sqlite:${join(directory, "new/auth.db")}` }),
  );
  await signedUp(server, ALICE);
  for (const [name, mode] of Object.entries({ new: 0o700, "new/auth.db": 0o600, "new/auth.db-wal": 0o600 })) {
    assert.equal((await stat(join(directory, name))).mode & 0o777, mode, name);
  }
});

test("a body over the limit is refused, with and without content-length", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const large = JSON.stringify({ ...ALICE, password: "x".repeat(70_000) });
  assert.equal(await post(server, large, { "content-length": String(large.length) }), 413);
  assert.equal(await post(server, large, { "transfer-encoding": "chunked" }), 413);
});

test("error responses contain no internal details", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, settingsFor(directory));
  const alice = await signedUp(server, ALICE);
  const malformed = await fetch(`${server.url}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{ not json",
  });
  assert.equal(malformed.status, 400);

  const database = new DatabaseSync(join(directory, "auth.db"));
  database.exec("ALTER TABLE session RENAME TO lost");
  database.close();
  const noSession = await alice.get(server, "/api/auth/get-session");
  assert.equal(noSession.status, 503);
  const noToken = await alice.get(server, "/api/auth/token");
  assert.equal(noToken.status, 503, "an outage is not the end of the session");
  assert.equal(
    (await new Browser().get(server, "/api/auth/token")).status,
    401,
    "a request without a session is still 401",
  );

  for (const answer of [malformed, noSession, noToken]) {
    assert.doesNotMatch(await answer.text(), /node_modules|\bat .*:\d+|SyntaxError|select |no such table/i);
  }
});

test("an unexpected error has a body that says so", async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, settingsFor(directory, { TASKWARD_TOKENS: "jwks" }));
  const alice = await signedUp(server, ALICE);
  const database = new DatabaseSync(join(directory, "auth.db"));
  database.exec("UPDATE jwks SET privateKey = '\"damaged\"'");
  database.close();
  const response = await alice.get(server, "/api/auth/token");
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(((await response.json()) as { code: string }).code, "INTERNAL_SERVER_ERROR");
});

test("a file that is no database is reported with the name of the setting", async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, "auth.db"), "not a database ".repeat(100));
  const exit = await runUntilExit(settingsFor(directory));
  assert.equal(exit.code, 1);
  assert.match(exit.stderr, /^taskward-auth: could not start\. .*AUTH_DATABASE_URL.*not a database[^\n]*\n$/);
});

test("SEC-97: the log contains no password, e-mail, cookie, token or secret", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t), { TASKWARD_TOKENS: "jwks" }));
  const alice = await signedUp(server, ALICE);
  const token = await alice.token(server);
  await new Browser().signUp(server, ALICE);
  await new Browser().signIn(server, ALICE, "a wrong guess");
  await new Browser("192.0.2.1", `https://${ALICE.email}`).signIn(server, ALICE);
  const { stdout, stderr } = await server.stop();
  for (const secret of [PASSWORD, "a wrong guess", ALICE.email, alice.cookieHeader, token, SECRET]) {
    assert.ok(!(stdout + stderr).includes(secret), "the log contains private data");
  }
  assert.equal(stderr, "");
  for (const line of stdout.trim().split("\n")) JSON.parse(line);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} stops the server although a connection is idle`, async (t) => {
    const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve) =>
      request(`${server.url}/healthz`, { agent }, (r) => r.resume().on("end", resolve)).end(),
    );
    const exit = await server.stop(signal);
    agent.destroy();
    assert.equal(exit.code, 0, exit.stderr);
    assert.match(exit.stdout, /"event":"stopped"/);
  });
}

test("a request that is in progress at shutdown gets its response", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const body = JSON.stringify({ ...ALICE, password: PASSWORD });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const head = `POST /api/auth/sign-up/email HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  // The server sends 100 when it has accepted the request. The stop signal is sent after that.
  await new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
    socket.write(head);
  });
  const stopped = server.stop();
  await refusesConnections(server);
  socket.write(body);
  const sentAt = performance.now();
  await closed;
  assert.ok(
    performance.now() - sentAt < 4_000,
    "it waited for the drain timeout although no request was left",
  );
  assert.match(received, /HTTP\/1\.1 200 OK/);
  assert.equal((await stopped).code, 0);
});

test("SEC-98: it stops when standard input closes, but only if it is supervised", async (t) => {
  const directory = await temporaryDirectory(t);
  const supervised = await startServer(t, settingsFor(directory, { AUTH_SUPERVISED: "1" }));
  supervised.process.stdin?.end();
  assert.equal((await supervised.exited).code, 0);

  const unsupervised = await startServer(t, settingsFor(directory));
  unsupervised.process.stdin?.end();
  assert.equal((await fetch(`${unsupervised.url}/healthz`)).status, 200);
  assert.equal(unsupervised.process.exitCode, null);
});

function post(
  server: AuthServer,
  body: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${server.url}/api/auth/sign-up/email`,
      { method: "POST", headers: { ...headers, "content-type": "application/json" } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

/** Resolves when the server refuses connections, which is the first step of the shutdown. */
async function refusesConnections(server: AuthServer): Promise<void> {
  const { hostname, port } = new URL(server.url);
  for (;;) {
    const refused = await new Promise<boolean>((resolve) => {
      const probe = connect(Number(port), hostname);
      probe.once("connect", () => resolve(probe.destroy() === undefined));
      probe.once("error", () => resolve(true));
    });
    if (refused) return;
  }
}
