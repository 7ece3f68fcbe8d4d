/**
 * Goes through docs/attach.md with a plain Better Auth app and `taskward`, from nothing to a task in each way and mode.
 * The commands and files are those of the document; only the ports differ.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { block, symptoms, unused } from "./document.js";
import { freePorts, run, startServer } from "./processes.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** @typedef {"jwks" | "shared-secret"} Mode */

const MODES = /** @type {const} */ (["jwks", "shared-secret"]);

/** The title of the task that the last answer has. */
function lastTitle(/** @type {string} */ output) {
  return [...output.matchAll(/"title":"([^"]*)"/g)].at(-1)?.[1];
}

/** A reader of the document in an empty directory. */
class Reader {
  /** @param {import("node:test").TestContext} context */
  static async begin(context) {
    const [app, taskward] = await freePorts(2);
    const reader = new Reader(context, `${app}`, `${taskward}`);
    await reader.install();
    return reader;
  }

  /**
   * @param {import("node:test").TestContext} context
   * @param {string} app
   * @param {string} taskward
   */
  constructor(context, app, taskward) {
    this.context = context;
    this.ports = { app, taskward };
    this.directory = mkdtempSync(join(tmpdir(), "taskward-attach-"));
    context.after(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  /** Uses this package's own dependencies instead of `npm install`, which would need the network. */
  async install() {
    const script = block("step=install");
    const install = /^npm install --save-exact (.*)$/m;
    const { dependencies } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
    const pinned = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
    assert.deepEqual(install.exec(script)?.[1]?.split(" ").sort(), pinned.sort());
    symlinkSync(join(HERE, "node_modules"), join(this.directory, "node_modules"));
    await run(script.replace(install, ""), { directory: this.directory });
  }

  /** @param {string} text */
  withPorts(text) {
    return text.replaceAll(/\b3000\b/g, this.ports.app).replaceAll(/\b4000\b/g, this.ports.taskward);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  write(name, text) {
    writeFileSync(join(this.directory, name), this.withPorts(text));
  }

  /** Writes the files of a token mode. */
  writeApp(/** @type {Mode} */ mode, change = (/** @type {string} */ text) => text) {
    this.write("auth.js", change(block(`${mode}=auth.js`)));
    this.write("app.js", block("both=app.js"));
  }

  /** @param {string} script */
  startApp(script) {
    return this.start(script, "listening");
  }

  /**
   * @param {string} script
   * @param {string} line
   */
  start(script, line) {
    return startServer(this.context, this.withPorts(script), line, { directory: this.directory });
  }

  /** @param {string} script */
  async startTaskward(script) {
    const started = await this.start(script, '"message":"listening"');
    await this.run(block("step=ready"));
    return started;
  }

  /** @param {string[]} scripts */
  run(...scripts) {
    return run(this.withPorts(scripts.join("\n")), { directory: this.directory });
  }
}

const signIn = () => [block("step=sign-up"), block("step=token")];

/** The command of a way with the settings of a mode. The document shows it with keys, and one of both with a secret. */
function inMode(/** @type {Mode} */ mode, /** @type {string} */ script) {
  if (mode === "jwks") return script;
  const [readSecret] = block("server=taskward-shared-secret").split("\n");
  return `${readSecret}\n${script.replace("TASKWARD_TOKENS=jwks", "TASKWARD_TOKENS=shared-secret")}`;
}

for (const mode of MODES) {
  describe(`with ${mode === "jwks" ? "the keys of the app" : "a shared secret"}`, () => {
    test("requests to Taskward", async (context) => {
      const reader = await Reader.begin(context);
      reader.writeApp(mode);
      await reader.startApp(block("server=app"));
      await reader.startTaskward(
        block(mode === "jwks" ? "server=taskward" : "server=taskward-shared-secret"),
      );
      assert.equal(lastTitle(await reader.run(...signIn(), block("step=create"))), "Buy milk");
      const check = inMode(mode, block("step=check-token"));
      assert.match(await reader.run(block("step=token"), check), /Accepted/);
      const settings = await reader.run(inMode(mode, block("step=check-config")));
      assert.ok(settings.includes(mode), settings);
    });

    test("A: a server that forwards", async (context) => {
      const reader = await Reader.begin(context);
      reader.writeApp(mode);
      const forwarding = block("both=app.js")
        .replace("toNodeHandler(auth)", 'forward(toNodeHandler(auth), "http://localhost:4000")')
        .replace(/^/, `import { forward } from ${JSON.stringify(join(HERE, "forward.js"))};\n`);
      reader.write("app.js", forwarding);
      await reader.startApp(block("server=app"));
      await reader.startTaskward(inMode(mode, block("server=taskward")));
      assert.equal(lastTitle(await reader.run(...signIn(), block("step=rewrite"))), "Through the app");
    });

    test("B: Taskward in front", async (context) => {
      const reader = await Reader.begin(context);
      reader.writeApp(mode, (text) => text.replace("  plugins", `${block("option=advanced")}  plugins`));
      await reader.startApp(block("server=app-behind"));
      await reader.startTaskward(inMode(mode, block("server=taskward-in-front")));
      assert.equal(lastTitle(await reader.run(block("step=front"))), "Behind Taskward");
    });

    test("C: CORS", async (context) => {
      const reader = await Reader.begin(context);
      reader.writeApp(mode);
      await reader.startApp(block("server=app"));
      await reader.startTaskward(inMode(mode, block("server=taskward-cors")));
      const origin = reader.withPorts("http://localhost:3000");
      assert.ok((await reader.run(block("step=preflight"))).includes(`allow-origin: ${origin}`));
      const fromPage = block("step=create").replace("curl", `curl -D - -H "Origin: ${origin}"`);
      const output = await reader.run(...signIn(), fromPage);
      assert.ok(output.includes(`allow-origin: ${origin}`), output);
      assert.equal(lastTitle(output), "Buy milk");
    });
  });
}

describe("in containers", () => {
  test("keys from a host in a private network", async (context) => {
    const reader = await Reader.begin(context);
    // The name does not exist here, so there are no keys. Without the last setting the server would not start.
    const script = block("server=taskward-in-container").replace("0.0.0.0", "127.0.0.1");
    await reader.start(script, '"message":"listening"');
  });

  test("keys from a file", async (context) => {
    const reader = await Reader.begin(context);
    reader.writeApp("jwks");
    await reader.startApp(block("server=app"));
    await reader.run(block("step=keys"));
    await reader.startTaskward(block("server=taskward-with-file"));
    assert.equal(lastTitle(await reader.run(...signIn(), block("step=create"))), "Buy milk");
  });
});

describe("the table of symptoms", () => {
  const listen = "taskward serve --listen 127.0.0.1:4000";

  /** A common mistake: the token in the answer to the sign-up. */
  const SESSION_TOKEN = `TOKEN=$(${block("step=sign-up").trim()} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`;

  const fitting = "BETTER_AUTH_URL=http://localhost:3000";
  const otherSecret = `BETTER_AUTH_SECRET=${randomBytes(32).toString("base64")}`;

  /** Mistakes, and the row that the reader has to find. `token` are the lines that set TOKEN. */
  const refused = [
    { settings: "BETTER_AUTH_URL=http://127.0.0.1:3000", code: "invalid_token", reason: "wrong_issuer" },
    { settings: `${fitting} TASKWARD_AUDIENCE=api`, code: "invalid_token", reason: "wrong_audience" },
    { settings: `${fitting} ${otherSecret}`, code: "invalid_token", reason: "algorithm_not_allowed" },
    { settings: `${fitting} ${otherSecret}`, mode: MODES[1], code: "invalid_token", reason: "bad_signature" },
    {
      settings: `${fitting} TASKWARD_TOKEN_LIFETIME_MAX=5m`,
      code: "invalid_token",
      reason: "lives_too_long",
    },
    { settings: fitting, token: [SESSION_TOKEN], code: "session_token", reason: "session_token" },
    { settings: fitting, token: ["TOKEN="], code: "missing_token", reason: "no_credentials" },
  ];
  for (const { settings, mode = MODES[0], token, code, reason } of refused) {
    test(`401 ${code} for ${reason}`, async (context) => {
      const reader = await Reader.begin(context);
      reader.writeApp(mode);
      await reader.startApp(block("server=app"));
      const { log } = await reader.startTaskward(`${settings} ${listen}`);
      let request = block("step=create").replace("--fail", "");
      if (code === "missing_token") request = request.replace(/-H "Authorization[^"]*"/, "");
      const answer = await reader.run(...(token ?? signIn()), request);
      const problem = JSON.parse(answer.slice(answer.lastIndexOf('{"type"')));
      assert.equal(problem.code, code, answer);
      const line = JSON.parse(log.find((text) => text.includes(problem.request_id)) ?? "{}");
      assert.equal(line.reason, reason);
      if (code === "invalid_token") assert.ok(problem.detail.includes(line.explanation), problem.detail);
      assert.ok(hasRow(`\`${code}\``, `\`${reason}\``));
    });
  }

  test("503 because the app has no `jwt()` plugin", async (context) => {
    const reader = await Reader.begin(context);
    reader.writeApp("jwks", (text) => text.replace("jwt()", ""));
    await reader.startApp(block("server=app"));
    const log = "the key endpoint answered 404";
    await reader.start(block("server=taskward"), log);
    const ready = await reader.run("curl -s -w '%{http_code}' http://localhost:4000/readyz");
    assert.match(ready, /503$/);
    assert.ok(hasRow("`/readyz` 503", log));
    const token = await reader.run("curl -s -w '%{http_code}' http://localhost:3000/api/auth/token");
    assert.equal(token, "404");
    assert.ok(hasRow("404 without a body", "nothing"));
  });

  test("a page whose origin is not allowed", async (context) => {
    const reader = await Reader.begin(context);
    const log = "origin_not_allowed";
    // Without an app there are no keys, which a preflight does not need.
    const started = await reader.start(block("server=taskward"), '"message":"listening"');
    const answer = await reader.run(block("step=preflight"));
    assert.ok(!answer.includes("allow-origin"), answer);
    await started.waitFor(log);
    assert.ok(hasRow("CORS", log));
  });

  /**
   * @param {string} sees
   * @param {string} logs
   */
  function hasRow(sees, logs) {
    return symptoms().some((row) => row[0]?.includes(sees) && row[1]?.includes(logs));
  }

  /** The text after "exits:" has to be in what the server says. */
  const exits = [
    "",
    "BETTER_AUTH_URL=http://localhost:3000/api/auth",
    "BETTER_AUTH_URL=http://localhost:4000",
    "BETTER_AUTH_URL=http://localhost:3000 DATABASE_URL=file:./dev.db",
    "BETTER_AUTH_JWKS_URL=http://next-app:3000/api/auth/jwks",
  ];
  test("settings with which the server does not start", async (context) => {
    const reader = await Reader.begin(context);
    const rows = symptoms().flatMap(([sees]) => /^`taskward` exits: `(.*)`$/.exec(sees ?? "")?.[1] ?? []);
    assert.equal(rows.length, exits.length);
    for (const [index, settings] of exits.entries()) {
      const said = await reader.run(`${settings} ${listen} 2>&1 || test $? = 2`);
      assert.ok(said.includes(rows[index] ?? ""), `${said}, expected ${rows[index]}`);
    }
  });

  test("what Better Auth says about an incomplete `sign`", async (context) => {
    const reader = await Reader.begin(context);
    for (const [option, said] of /** @type {const} */ ([
      [/remoteUrl: "[^"]*", /, "remoteUrl must be set"],
      [/, keyPairConfig: \{[^}]*\}/, "keyPairConfig.alg"],
    ])) {
      reader.writeApp("shared-secret", (text) => text.replace(option, ""));
      const output = await reader.run(`${block("server=app").trim()} 2>&1 || true`);
      assert.ok(output.includes(said), output);
      assert.ok(hasRow(said, "nothing"));
    }
  });
});

after(() => {
  // The Next.js example has this file.
  assert.deepEqual(unused(), ["example=next.config.ts"]);
});
