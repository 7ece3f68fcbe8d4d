/** The blocks of docs/attach.md that tests run. The info string of such a block has a kind and a name: `sh step=token`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const TEXT = readFileSync(new URL("../../docs/attach.md", import.meta.url), "utf8");

/** @type {Map<string, string>} */
const blocks = new Map();
for (const [, info, text] of TEXT.matchAll(/^```\w+ (\S+=\S+)\n(.*?)^```$/gms)) {
  assert.ok(info !== undefined && text !== undefined && !blocks.has(info), `${info} is there twice`);
  blocks.set(info, text);
}

/** @type {Set<string>} */
const used = new Set();

/**
 * The text of a block.
 *
 * @param {string} info
 */
export function block(info) {
  const text = blocks.get(info);
  assert.ok(text !== undefined, `docs/attach.md has no block ${info}`);
  used.add(info);
  return text;
}

/** The blocks that no test has asked for. */
export function unused() {
  return [...blocks.keys()].filter((info) => !used.has(info));
}

/** The cells of each row of the table of symptoms. */
export function symptoms() {
  const rows = TEXT.split("| what the client sees |")[1]?.split("\n").slice(2) ?? [];
  return rows
    .filter((row) => row.startsWith("| "))
    .map((row) =>
      row
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
}
