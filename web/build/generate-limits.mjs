/**
 * Writes `src/shared/api/limits.ts`: the length, number and item limits of every schema in the OpenAPI document.
 *
 * `openapi-typescript` generates types only, so the limits need their own file. With `--check` nothing is written; the exit
 * code is 1 if the file differs from what would be written. Plain JavaScript, because Node 20 does not run TypeScript.
 */
import { readFile, writeFile } from "node:fs/promises";

const DOCUMENT = new URL("../../docs/api/openapi.json", import.meta.url);
const OUTPUT = new URL("../src/shared/api/limits.ts", import.meta.url);

const KEYWORDS = /** @type {const} */ ([
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minItems",
  "maxItems",
]);
const REF_PREFIX = "#/components/schemas/";

/**
 * @typedef {{ [Keyword in (typeof KEYWORDS)[number]]?: number }} Limits
 * @typedef {Limits & {
 *   type?: string | string[],
 *   $ref?: string,
 *   properties?: Record<string, Schema>,
 *   allOf?: Schema[],
 *   anyOf?: Schema[],
 *   oneOf?: Schema[],
 * }} Schema
 * @typedef {Record<string, Schema>} Schemas
 */

/** @type {{ components: { schemas: Schemas } }} */
const { components } = JSON.parse(await readFile(DOCUMENT, "utf8"));
const generated = render(components.schemas);

if (!process.argv.includes("--check")) {
  await writeFile(OUTPUT, generated);
} else if ((await readFile(OUTPUT, "utf8").catch(() => "")) !== generated) {
  process.stderr.write(
    "src/shared/api/limits.ts does not match docs/api/openapi.json: run `npm run generate` in web/ and commit the result.\n",
  );
  process.exitCode = 1;
}

/** @param {Schemas} schemas */
function render(schemas) {
  const entries = Object.keys(schemas)
    .sort()
    .flatMap((name) => {
      const limits = limitsOfComponent(schemas, name);
      return Object.keys(limits).length === 0 ? [] : [[name, limits]];
    });
  return [
    "/** Generated from docs/api/openapi.json by `npm run generate`. Do not edit. */",
    `export const limits = ${JSON.stringify(Object.fromEntries(entries), null, 2)} as const;`,
    "",
  ].join("\n");
}

/**
 * An object has limits by property name; any other schema has its own.
 *
 * @param {Schemas} schemas
 * @param {string} name
 * @returns {Limits | Record<string, Limits>}
 */
function limitsOfComponent(schemas, name) {
  const schema = schemas[name] ?? {};
  const properties = propertiesOf(schemas, schema);
  if (Object.keys(properties).length === 0) return limitsOf(schemas, schema);
  const entries = Object.entries(properties)
    .map(([property, value]) => /** @type {const} */ ([property, limitsOf(schemas, value)]))
    .filter(([, limits]) => Object.keys(limits).length > 0);
  return Object.fromEntries(entries);
}

/**
 * @param {Schemas} schemas
 * @param {Schema} schema
 * @returns {Record<string, Schema>}
 */
function propertiesOf(schemas, schema) {
  const inherited = schemasThatAlwaysApply(schemas, schema).map((part) => propertiesOf(schemas, part));
  return Object.assign({}, ...inherited, schema.properties);
}

/**
 * The limits of one value. Where several schemas apply, the strictest limit counts.
 *
 * @param {Schemas} schemas
 * @param {Schema} schema
 * @returns {Limits}
 */
function limitsOf(schemas, schema) {
  /** @type {Limits} */
  const limits = {};
  const parts = schemasThatAlwaysApply(schemas, schema).map((part) => limitsOf(schemas, part));
  for (const keyword of KEYWORDS) {
    const values = [schema, ...parts].flatMap((part) => part[keyword] ?? []);
    if (values.length === 0) continue;
    limits[keyword] = /^(min|exclusiveMin)/.test(keyword) ? Math.max(...values) : Math.min(...values);
  }
  return limits;
}

/**
 * Schemas that every valid non-null value satisfies: the target of `$ref`, the members of `allOf`, and the member of a
 * `oneOf` or `anyOf` that has only one besides `null`. A choice of several has no limit that holds for all of them.
 *
 * @param {Schemas} schemas
 * @param {Schema} schema
 * @returns {Schema[]}
 */
function schemasThatAlwaysApply(schemas, { $ref, allOf = [], anyOf = [], oneOf = [] }) {
  const choices = [anyOf, oneOf].map((members) => members.filter(({ type }) => type !== "null"));
  const parts = [...allOf, ...choices.filter(({ length }) => length === 1).flat()];
  if ($ref === undefined) return parts;
  const target = schemas[$ref.slice(REF_PREFIX.length)];
  if (!$ref.startsWith(REF_PREFIX) || target === undefined) throw new Error(`Cannot resolve ${$ref}.`);
  return [target, ...parts];
}
