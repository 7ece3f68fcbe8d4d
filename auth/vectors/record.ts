/**
 * Records tokens of the installed Better Auth for the tests of `better-auth-verifier`: `npm run record-vectors`.
 *
 * The files go into a directory that is named after the version. Their secrets, users and keys are made for them.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { JWKS_VECTORS } from "./jwks-vectors.ts";
import { SECRET_VECTORS } from "./secret-vectors.ts";

const SCHEMA = 1;
const AUTH = new URL("../../../", import.meta.url);
const VECTORS = new URL("../crates/better-auth-verifier/tests/vectors/", AUTH);
const PACKAGES = ["better-auth", "@better-auth/core", "better-call", "@better-auth/utils", "jose"];

async function versionOf(name: string): Promise<string> {
  const manifest = await readFile(new URL(`node_modules/${name}/package.json`, AUTH), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

const packages: Record<string, string> = { node: process.version };
for (const name of PACKAGES) packages[name] = await versionOf(name);

const directory = new URL(`better-auth-${packages["better-auth"]}/`, VECTORS);
await mkdir(directory, { recursive: true });
for (const [name, record] of Object.entries({ ...JWKS_VECTORS, ...SECRET_VECTORS })) {
  const vectors = await record();
  const now = new Date();
  const head = {
    schema: SCHEMA,
    generated_at: now.toISOString(),
    generated_at_unix: Math.floor(now.getTime() / 1000),
    packages,
  };
  await writeFile(
    new URL(`${name}.json`, directory),
    `${JSON.stringify({ ...head, ...vectors }, null, 2)}\n`,
  );
}
process.stdout.write(`recorded in ${fileURLToPath(directory)}\n`);
