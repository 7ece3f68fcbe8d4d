/** Taskward without a browser: a program signs up at Better Auth, fetches a token, and uses the API with it. */

import type { APIRequestContext, APIResponse } from "@playwright/test";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson, type Person } from "../stack/people.ts";

test("a token from /api/auth/token opens one's own tasks under both prefixes", async ({
  program,
  tokens,
}) => {
  const alice = newPerson();
  await signUp(program, alice);
  const { token, header, claims } = await fetchToken(program);
  if (tokens === "shared-secret") {
    expect(header).toEqual({ alg: "HS256", typ: "JWT" });
    expect((await program.get("/api/auth/jwks")).status()).toBe(404);
  } else {
    const { keys } = (await (await program.get("/api/auth/jwks")).json()) as { keys: { kid: string }[] };
    expect(header).toEqual({ alg: "EdDSA", kid: keys[0]?.kid });
  }
  expect(claims.email).toBe(alice.email);

  const headers = { authorization: `Bearer ${token}` };
  const created = await program.post(`/api/users/${claims.sub}/tasks`, {
    headers,
    data: { title: "From curl" },
  });
  expect(created.status()).toBe(201);
  const task = (await created.json()) as { id: string; user_id: string };
  expect(task.user_id).toBe(claims.sub);
  for (const path of [`/api/users/${claims.sub}`, `/api/${claims.sub}`, "/api/users/me"]) {
    const list = await program.get(`${path}/tasks`, { headers });
    expect(list.status(), path).toBe(200);
    expect((await list.json())[0].id).toBe(task.id);
  }
});

test("without a proof there is nothing, with one there is nothing of others", async ({
  program,
  taskward,
  playwright,
}) => {
  await signUp(program, newPerson("Alice"));
  const alice = await fetchToken(program);
  const mine = { authorization: `Bearer ${alice.token}` };
  const created = await program.post("/api/users/me/tasks", { headers: mine, data: { title: "Alice’s" } });
  const { id } = (await created.json()) as { id: string };

  const other = await playwright.request.newContext({ baseURL: taskward.origin });
  const { token: sessionToken } = (await (await signUp(other, newPerson("Bob"))).json()) as { token: string };
  const bob = await fetchToken(other);
  const his = { authorization: `Bearer ${bob.token}` };

  for (const prefix of ["/api/users/", "/api/"]) {
    const task = `${prefix}${alice.claims.sub}/tasks/${id}`;
    const anonymous = await program.get(task);
    expect(anonymous.status(), "the session cookie alone proves nothing to the API").toBe(401);
    expect(anonymous.headers()["www-authenticate"]).toMatch(/^Bearer/);
    expect((await other.get(task, { headers: his })).status()).toBe(403);
    expect((await other.delete(task, { headers: his })).status()).toBe(403);
    expect((await other.get(`${prefix}${bob.claims.sub}/tasks/${id}`, { headers: his })).status()).toBe(404);
  }
  const confused = await other.get("/api/me", { headers: { authorization: `Bearer ${sessionToken}` } });
  expect(confused.status()).toBe(401);
  expect((await program.get(`/api/users/me/tasks/${id}`, { headers: mine })).status()).toBe(200);
  await other.dispose();
});

test("SEC-97: a token is never cached on the way, and does not open Better Auth", async ({
  program,
  playwright,
  taskward,
}) => {
  await signUp(program, newPerson());
  const answer = await program.get("/api/auth/token");
  expect(answer.headers()["cache-control"]).toBe("no-store");
  const { token } = (await answer.json()) as { token: string };
  const cookieless = await playwright.request.newContext({
    baseURL: taskward.origin,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  expect((await cookieless.get("/api/auth/token")).status()).toBe(401);
  await cookieless.dispose();
});

test("SEC-97: no log line of any process holds what passed through", async ({ ownTaskward, playwright }) => {
  const taskward = await ownTaskward({ TASKWARD_LOG: "trace" });
  const program = await playwright.request.newContext({ baseURL: taskward.origin });
  const alice = newPerson();
  await signUp(program, alice);
  const { token } = await fetchToken(program);
  await program.post("/api/users/me/tasks", {
    headers: { authorization: `Bearer ${token}` },
    data: { title: "A private title" },
  });
  const { cookies } = await program.storageState();
  await program.dispose();
  await taskward.stop();

  const [header, claims, signature] = token.split(".");
  const cookie = decodeURIComponent(cookies[0]?.value ?? "");
  const secrets = [alice.password, alice.email, "A private title", cookie.split(".")[0], claims, signature];
  expect(header).toBeTruthy();
  expect(taskward.log).not.toBe("");
  for (const secret of secrets) {
    expect(secret).toBeTruthy();
    expect(taskward.log.includes(secret ?? ""), "the log holds something private").toBe(false);
  }
});

test("a foreign page cannot sign anybody in or out", async ({ program }) => {
  const alice = newPerson();
  await signUp(program, alice);
  for (const [path, data] of [
    ["/api/auth/sign-in/email", { email: alice.email, password: alice.password }],
    ["/api/auth/sign-out", {}],
  ] as const) {
    const answer = await program.post(path, { headers: { origin: "https://evil.example" }, data });
    expect(answer.status(), path).toBe(403);
  }
  expect((await program.get("/api/auth/token")).status()).toBe(200);
});

test("SEC-96: made-up client addresses do not move the sign-in limit", async ({
  ownTaskward,
  playwright,
}) => {
  const taskward = await ownTaskward({ AUTH_RATE_LIMIT: "on" });
  const guesser = await playwright.request.newContext({ baseURL: taskward.origin });
  const alice = newPerson();
  await signUp(guesser, alice);
  const statuses: number[] = [];
  for (let guess = 1; guess <= 11; guess += 1) {
    const invented = `203.0.113.${guess}`;
    const answer = await guesser.post("/api/auth/sign-in/email", {
      headers: {
        origin: taskward.origin,
        forwarded: `for=${invented}`,
        "x-forwarded-for": `${invented}, 198.51.100.1`,
        "x-real-ip": invented,
      },
      data: { email: alice.email, password: "a wrong guess" },
    });
    statuses.push(answer.status());
    if (answer.status() === 429) expect(Number(answer.headers()["retry-after"])).toBeGreaterThan(0);
  }
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  await guesser.dispose();
});

async function signUp(program: APIRequestContext, person: Person): Promise<APIResponse> {
  const answer = await program.post("/api/auth/sign-up/email", { data: person });
  expect(answer.status()).toBe(200);
  return answer;
}

async function fetchToken(program: APIRequestContext) {
  const answer = await program.get("/api/auth/token");
  expect(answer.status()).toBe(200);
  const { token } = (await answer.json()) as { token: string };
  const [header, claims] = token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
  return { token, header: header as object, claims: claims as { sub: string; email: string } };
}
