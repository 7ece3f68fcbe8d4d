/**
 * API clients other than the web app: programs that sign up at Better Auth, fetch a token and use the API, and web apps of other
 * origins.
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIRequestContext, APIResponse } from "@playwright/test";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson, type Person } from "../stack/people.ts";

test("a token from /api/auth/token gives access to the user's tasks under both prefixes", async ({
  client,
  tokens,
}) => {
  const alice = newPerson();
  await signUp(client, alice);
  const { token, header, claims } = await fetchToken(client);
  if (tokens === "shared-secret") {
    expect(header).toEqual({ alg: "HS256", typ: "JWT" });
    expect((await client.get("/api/auth/jwks")).status()).toBe(404);
  } else {
    const { keys } = (await (await client.get("/api/auth/jwks")).json()) as { keys: { kid: string }[] };
    expect(header).toEqual({ alg: "EdDSA", kid: keys[0]?.kid });
  }
  expect(claims.email).toBe(alice.email);

  const headers = { authorization: `Bearer ${token}` };
  const created = await client.post(`/api/users/${claims.sub}/tasks`, {
    headers,
    data: { title: "From curl" },
  });
  expect(created.status()).toBe(201);
  const task = (await created.json()) as { id: string; user_id: string };
  expect(task.user_id).toBe(claims.sub);
  for (const path of [`/api/users/${claims.sub}`, `/api/${claims.sub}`, "/api/users/me"]) {
    const list = await client.get(`${path}/tasks`, { headers });
    expect(list.status(), path).toBe(200);
    expect((await list.json())[0].id).toBe(task.id);
  }
});

test("without a token the API responds 401, with another user's token 403 or 404", async ({
  client,
  taskward,
  playwright,
}) => {
  await signUp(client, newPerson("Alice"));
  const alice = await fetchToken(client);
  const alicesHeaders = { authorization: `Bearer ${alice.token}` };
  const created = await client.post("/api/users/me/tasks", {
    headers: alicesHeaders,
    data: { title: "Alice’s" },
  });
  const { id } = (await created.json()) as { id: string };

  const other = await playwright.request.newContext({ baseURL: taskward.origin });
  const { token: sessionToken } = (await (await signUp(other, newPerson("Bob"))).json()) as { token: string };
  const bob = await fetchToken(other);
  const bobsHeaders = { authorization: `Bearer ${bob.token}` };

  for (const prefix of ["/api/users/", "/api/"]) {
    const task = `${prefix}${alice.claims.sub}/tasks/${id}`;
    const anonymous = await client.get(task);
    expect(anonymous.status(), "the API does not accept the session cookie").toBe(401);
    expect(anonymous.headers()["www-authenticate"]).toMatch(/^Bearer/);
    expect((await other.get(task, { headers: bobsHeaders })).status()).toBe(403);
    expect((await other.delete(task, { headers: bobsHeaders })).status()).toBe(403);
    expect(
      (await other.get(`${prefix}${bob.claims.sub}/tasks/${id}`, { headers: bobsHeaders })).status(),
    ).toBe(404);
  }
  const withSessionToken = await other.get("/api/me", {
    headers: { authorization: `Bearer ${sessionToken}` },
  });
  expect(withSessionToken.status()).toBe(401);
  expect((await client.get(`/api/users/me/tasks/${id}`, { headers: alicesHeaders })).status()).toBe(200);
  await other.dispose();
});

test("SEC-97: a token response is not cacheable, and Better Auth does not accept the token", async ({
  client,
  playwright,
  taskward,
}) => {
  await signUp(client, newPerson());
  const response = await client.get("/api/auth/token");
  expect(response.headers()["cache-control"]).toBe("no-store");
  const { token } = (await response.json()) as { token: string };
  const cookieless = await playwright.request.newContext({
    baseURL: taskward.origin,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  expect((await cookieless.get("/api/auth/token")).status()).toBe(401);
  await cookieless.dispose();
});

test("SEC-97: no log line contains credentials or user data", async ({ ownTaskward, playwright }) => {
  const taskward = await ownTaskward({ TASKWARD_LOG: "trace" });
  const client = await playwright.request.newContext({ baseURL: taskward.origin });
  const alice = newPerson();
  await signUp(client, alice);
  const { token } = await fetchToken(client);
  await client.post("/api/users/me/tasks", {
    headers: { authorization: `Bearer ${token}` },
    data: { title: "A private title" },
  });
  const { cookies } = await client.storageState();
  await client.dispose();
  await taskward.stop();

  const [header, claims, signature] = token.split(".");
  const cookie = decodeURIComponent(cookies[0]?.value ?? "");
  const secrets = [alice.password, alice.email, "A private title", cookie.split(".")[0], claims, signature];
  expect(header).toBeTruthy();
  expect(taskward.log).not.toBe("");
  for (const secret of secrets) {
    expect(secret).toBeTruthy();
    expect(taskward.log.includes(secret ?? ""), "the log contains a secret").toBe(false);
  }
});

test("a request from another origin cannot sign in or out", async ({ client }) => {
  const alice = newPerson();
  await signUp(client, alice);
  for (const [path, data] of [
    ["/api/auth/sign-in/email", { email: alice.email, password: alice.password }],
    ["/api/auth/sign-out", {}],
  ] as const) {
    const response = await client.post(path, { headers: { origin: "https://evil.example" }, data });
    expect(response.status(), path).toBe(403);
  }
  expect((await client.get("/api/auth/token")).status()).toBe(200);
});

test("SEC-96: forged client addresses do not affect the sign-in rate limit", async ({
  ownTaskward,
  playwright,
}) => {
  const taskward = await ownTaskward({ AUTH_RATE_LIMIT: "on" });
  const attacker = await playwright.request.newContext({ baseURL: taskward.origin });
  const alice = newPerson();
  await signUp(attacker, alice);
  const statuses: number[] = [];
  for (let attempt = 1; attempt <= 11; attempt += 1) {
    const forged = `203.0.113.${attempt}`;
    const response = await attacker.post("/api/auth/sign-in/email", {
      headers: {
        origin: taskward.origin,
        forwarded: `for=${forged}`,
        "x-forwarded-for": `${forged}, 198.51.100.1`,
        "x-real-ip": forged,
      },
      data: { email: alice.email, password: "a wrong guess" },
    });
    statuses.push(response.status());
    if (response.status() === 429) expect(Number(response.headers()["retry-after"])).toBeGreaterThan(0);
  }
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  await attacker.dispose();
});

test("SEC-83: a browser lets web apps of listed origins use the API, and never the auth server", async ({
  ownTaskward,
  newBrowser,
  playwright,
}) => {
  const servers = [await serveEmptyApp(), await serveEmptyApp()] as const;
  const [listed, unlisted] = servers.map(
    (server) => `http://localhost:${(server.address() as AddressInfo).port}`,
  );
  const taskward = await ownTaskward({ TASKWARD_ALLOWED_ORIGINS: listed ?? "" });
  const client = await playwright.request.newContext({ baseURL: taskward.origin });
  await signUp(client, newPerson());
  const { token } = await fetchToken(client);

  const useFrom = async (origin: string | undefined) => {
    const page = await newBrowser(origin ?? "");
    await page.goto("/");
    return page.evaluate(useApi, { api: taskward.origin, token });
  };
  expect(await useFrom(listed)).toEqual({
    create: '201 "1"',
    complete: '200 "2"',
    stale: "412 null",
    unchanged: '304 "2"',
    events: "200 null",
    otherUser: "403 null",
    withoutToken: "401 null",
    token: "refused by the browser",
  });
  const refusals = Object.values(await useFrom(unlisted));
  expect(new Set(refusals)).toEqual(new Set(["refused by the browser"]));

  await client.dispose();
  for (const server of servers) server.close();
});

/** Serves a page without content at an origin of its own. */
async function serveEmptyApp(): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Another app</title>");
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  return server;
}

/** Runs in the page of another app. Returns the status and the entity tag that its script could read of each answer. */
async function useApi({ api, token }: { api: string; token: string }): Promise<Record<string, string>> {
  const authorization = `Bearer ${token}`;
  const json = { authorization, "content-type": "application/json" };
  const seen: Record<string, string> = {};
  const ask = async (name: string, path: string, init: RequestInit): Promise<string | null> => {
    try {
      const response = await fetch(`${api}${path}`, init);
      seen[name] = `${response.status} ${response.headers.get("etag")}`;
      const location = response.headers.get("location");
      await response.body?.cancel();
      return location;
    } catch {
      seen[name] = "refused by the browser";
      return null;
    }
  };
  const body = JSON.stringify({ title: "From another origin" });
  const made = await ask("create", "/api/users/me/tasks", { method: "POST", headers: json, body });
  const task = made ?? "/api/users/me/tasks/unknown";
  const matching = { authorization, "if-match": '"1"' };
  await ask("complete", `${task}/complete`, { method: "PATCH", headers: matching });
  await ask("stale", task, { method: "DELETE", headers: matching });
  await ask("unchanged", task, { headers: { authorization, "if-none-match": '"2"' } });
  await ask("events", "/api/users/me/events", { headers: { authorization, "last-event-id": "0" } });
  await ask("otherUser", "/api/users/somebody-else/tasks", { headers: { authorization } });
  await ask("withoutToken", "/api/me", {});
  await ask("token", "/api/auth/token", { credentials: "include" });
  return seen;
}

async function signUp(client: APIRequestContext, person: Person): Promise<APIResponse> {
  const response = await client.post("/api/auth/sign-up/email", { data: person });
  expect(response.status()).toBe(200);
  return response;
}

async function fetchToken(client: APIRequestContext) {
  const response = await client.get("/api/auth/token");
  expect(response.status()).toBe(200);
  const { token } = (await response.json()) as { token: string };
  const [header, claims] = token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
  return { token, header: header as object, claims: claims as { sub: string; email: string } };
}
