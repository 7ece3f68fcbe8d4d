/** Builds the Next.js example and uses it with `taskward`: the pages, and the API through the rewrite. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { block } from "./document.js";
import { freePorts, run, startServer } from "./processes.js";

const EXAMPLE = fileURLToPath(new URL("../nextjs", import.meta.url));

test("docs/attach.md has the example's next.config.ts", () => {
  assert.equal(block("example=next.config.ts"), readFileSync(join(EXAMPLE, "next.config.ts"), "utf8"));
});

test("A: the rewrite in Next.js", async (context) => {
  const [app, taskward] = await freePorts(2);
  const directory = mkdtempSync(join(tmpdir(), "taskward-nextjs-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const origin = `http://localhost:${app}`;
  const env = {
    APP_DATABASE: join(directory, "app.db"),
    BETTER_AUTH_SECRET: randomBytes(32).toString("base64"),
    BETTER_AUTH_URL: origin,
    NEXT_TELEMETRY_DISABLED: "1",
    TASKWARD_URL: `http://127.0.0.1:${taskward}`,
  };
  const next = "node node_modules/next/dist/bin/next";
  await run(`${next} build`, { directory: EXAMPLE, env });
  await startServer(context, `${next} start --port ${app}`, "Ready", { directory: EXAMPLE, env });
  const withPorts = (/** @type {string} */ text) =>
    text.replaceAll(/\b3000\b/g, `${app}`).replaceAll(/\b4000\b/g, `${taskward}`);
  const script = withPorts(block("server=taskward"));
  await startServer(context, script, '"message":"listening"', { directory });
  const step = (/** @type {string[]} */ ...names) =>
    run(withPorts(names.map((name) => block(`step=${name}`)).join("\n")), { directory });

  const page = async (headers = {}) => {
    const response = await fetch(origin, { headers });
    assert.equal(response.status, 200);
    return response.text();
  };
  assert.match(await page(), /<h1>Sign in<\/h1>/);
  await step("ready", "sign-up");
  const created = await step("token", "rewrite");
  assert.match(created, /"title":"Through the app"/);

  const session = /better-auth\.session_token\t(\S+)/.exec(readFileSync(join(directory, "jar"), "utf8"));
  const cookie = `better-auth.session_token=${session?.[1]}`;
  const html = await page({ cookie });
  assert.match(html, /Tasks of .*Ada/);
  assert.match(html, /Through the app/);
  assert.doesNotMatch(await page(), /Through the app/);

  // A page cannot reach more of Taskward than its API for users.
  assert.equal((await fetch(`${origin}/readyz`)).status, 404);
  const refused = await fetch(`${origin}/api/users/me/tasks`);
  assert.match(await refused.text(), /"code":"missing_token"/);

  // Events arrive one by one and not at the end of the stream. `fetch` accepts compressed answers, as browsers do.
  const issued = /"token":"([^"]*)"/.exec(
    await (await fetch(`${origin}/api/auth/token`, { headers: { cookie } })).text(),
  );
  const authorization = `Bearer ${issued?.[1]}`;
  const signal = AbortSignal.timeout(30_000);
  const events = await fetch(`${origin}/api/users/me/events`, { headers: { authorization }, signal });
  assert.ok(events.body !== null);
  let received = "";
  for await (const chunk of events.body) {
    received += new TextDecoder().decode(chunk);
    if (received.includes('"cursor":2')) break;
    if (received.includes('"cursor":1')) await step("token", "rewrite");
  }
});
