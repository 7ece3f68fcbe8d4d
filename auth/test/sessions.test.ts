/** Sign-up, sign-in, sessions, and the checks that protect them. */

import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { type AuthServer, settingsFor, startServer, temporaryDirectory } from "./auth-server.ts";
import { ALICE, BOB, Browser, PASSWORD, signedIn, signedUp } from "./browser.ts";

test("a user signs up, signs out and signs in again", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const browser = new Browser();
  const signUp = await browser.signUp(server, ALICE);
  assert.equal(signUp.status, 200);
  const [cookie] = signUp.headers.getSetCookie();
  assert.match(cookie ?? "", /^better-auth\.session_token=/);
  assert.match(cookie ?? "", /; HttpOnly/i);
  assert.match(cookie ?? "", /; SameSite=Lax/i);
  assert.equal((await browser.get(server, "/api/auth/token")).status, 200);

  assert.equal((await browser.post(server, "/api/auth/sign-out", {})).status, 200);
  assert.equal((await browser.get(server, "/api/auth/token")).status, 401);
  assert.equal(await (await browser.get(server, "/api/auth/get-session")).json(), null);

  const again = await signedIn(server, ALICE);
  const session = (await (await again.get(server, "/api/auth/get-session")).json()) as {
    user: { email: string };
  };
  assert.equal(session.user.email, ALICE.email);
});

test("a wrong password and an unknown user get the same response", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  await signedUp(server, ALICE);
  const wrong = await new Browser().signIn(server, ALICE, "not the password");
  const unknown = await new Browser().signIn(server, BOB, "not the password");
  assert.equal(wrong.status, 401);
  assert.equal(unknown.status, 401);
  assert.deepEqual(await wrong.json(), await unknown.json());
});

test("a short password and a second account with the same e-mail are refused", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  await signedUp(server, ALICE);
  const short = await new Browser().post(server, "/api/auth/sign-up/email", { ...BOB, password: "1234567" });
  assert.equal(short.status, 400);
  const twice = await new Browser().signUp(server, { ...ALICE, email: ALICE.email.toUpperCase() });
  assert.equal(twice.status, 422);
});

test("a request from another origin is refused, with and without a session", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  const alice = await signedUp(server, ALICE);
  const attacker = new Browser("192.0.2.1", "https://evil.example");
  assert.equal((await attacker.signUp(server, BOB)).status, 403);

  for (const origin of ["https://evil.example", "null", undefined]) {
    const status = await postWithCookie(server, "/api/auth/sign-out", alice.cookieHeader, origin);
    assert.equal(status, 403, `origin ${origin}`);
  }
  assert.equal((await alice.get(server, "/api/auth/token")).status, 200, "another origin ended the session");
});

test("a client without origin and cookies, such as curl, can sign in", async (t) => {
  const server = await startServer(t, settingsFor(await temporaryDirectory(t)));
  await signedUp(server, ALICE);
  const body = JSON.stringify({ email: ALICE.email, password: PASSWORD });
  assert.equal(await plainPost(server, "/api/auth/sign-in/email", {}, body), 200);
});

test("with https, cookies are Secure and have the __Secure- prefix", async (t) => {
  const origin = "https://tasks.example.org";
  const server = await startServer(t, settingsFor(await temporaryDirectory(t), { BETTER_AUTH_URL: origin }));
  const response = await new Browser("192.0.2.1", origin).signUp(server, ALICE);
  const [cookie] = response.headers.getSetCookie();
  assert.match(cookie ?? "", /^__Secure-better-auth\.session_token=.*; Secure/i);
});

test("sessions and keys survive a restart after SIGKILL", async (t) => {
  const settings = settingsFor(await temporaryDirectory(t), { TASKWARD_TOKENS: "jwks" });
  const first = await startServer(t, settings);
  const alice = await signedUp(first, ALICE);
  const keys = await (await alice.get(first, "/api/auth/jwks")).json();
  await first.stop("SIGKILL");

  const second = await startServer(t, settings);
  await alice.token(second);
  assert.deepEqual(await (await alice.get(second, "/api/auth/jwks")).json(), keys);
});

function postWithCookie(server: AuthServer, path: string, cookie: string, origin: string | undefined) {
  return plainPost(server, path, { cookie, ...(origin === undefined ? {} : { origin }) }, "{}");
}

/** Sends only the given headers. `fetch` would add others. */
function plainPost(
  server: AuthServer,
  path: string,
  headers: Record<string, string>,
  body: string,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(
      server.url + path,
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
