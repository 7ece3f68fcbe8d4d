/** Markers: `#list`, `@label`, `p1`, `!1`, and `//` before a description. */
import type { Context } from "./context.ts";
import type { Match } from "./match.ts";
import { trimmed } from "./text.ts";

/** The marker at a place where a token begins. */
export function marker(c: Context, place: number): Match | null {
  switch (c.text.at(place)) {
    case "#":
      return name(c, place, "list");
    case "@":
      return name(c, place, "label");
    case "/":
      return description(c, place);
    default:
      return priority(c, place);
  }
}

function name(c: Context, place: number, kind: "list" | "label"): Match | null {
  const typed = typedName(c, place);
  if (typed === null || !c.text.isEnd(typed.end)) return null;
  const found = kind === "list" ? c.names.list(typed.name) : c.names.label(typed.name);
  return {
    start: place,
    end: typed.end,
    value: found === null ? { kind: "unknown", of: kind } : { kind, name: found },
  };
}

function typedName(c: Context, place: number): { name: string; end: number } | null {
  const open = place + 1;
  if (c.text.at(open) !== '"') {
    const end = c.text.nameEnd(open);
    return end === null ? null : { name: c.text.slice(open, end), end };
  }
  const end = c.text.quotedUntil(open);
  // A quotation mark that ends a pair does not begin a name.
  if (end === null || c.text.quotedUntil(place) !== null) return null;
  const name = trimmed(c.text.chars.slice(open + 1, end - 1)).join("");
  return name === "" ? null : { name, end };
}

/** ` // ` between white space, with something behind it. */
function description(c: Context, place: number): Match | null {
  if (place === 0 || c.text.at(place + 1) !== "/" || c.text.afterSpace(place + 2) === null) return null;
  return { start: place, end: c.text.length, value: { kind: "description" } };
}

const PRIORITIES = [undefined, 1, 2, 3, null] as const;

/** `p1` to `p4`, `!1` to `!4`; 4 is none. */
export function priority(c: Context, place: number): Match | null {
  if (!["p", "P", "!"].includes(c.text.at(place) ?? "")) return null;
  const number = c.text.digits(place + 1);
  if (number?.length !== 1 || !c.text.isEnd(number.end)) return null;
  const value = PRIORITIES[number.value];
  return value === undefined ? null : { start: place, end: number.end, value: { kind: "priority", priority: value } };
}
