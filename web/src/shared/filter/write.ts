/** Writes a tree as text, with ids or with names. */

import { isoDate } from "#shared/time/calendar.ts";
import type { Names } from "./names.ts";
import { isInName } from "./parse.ts";
import type { DateValue, Node, Term } from "./tree.ts";
import { INBOX, NIL_ID, WEEKDAYS } from "./words.ts";

/** The text of a query. Without names it has only ids. */
export function text(node: Node, names: Names | null): string {
  switch (node.kind) {
    case "or":
      return node.operands.map((operand) => text(operand, names)).join(" | ");
    case "and":
      return node.operands
        .map((operand) => (operand.kind === "or" ? `(${text(operand, names)})` : text(operand, names)))
        .join(" & ");
    case "not": {
      const inner = text(node.operand, names);
      return node.operand.kind === "term" ? `!${inner}` : `!(${inner})`;
    }
    case "term":
      return termText(node.term, names);
  }
}

function termText(term: Term, names: Names | null): string {
  switch (term.kind) {
    case "word":
      return term.word;
    case "date": {
      const space = term.op === ":" ? "" : " ";
      return `${term.field}${space}${term.op}${space}${dateText(term.value)}`;
    }
    case "no":
      return `no:${term.absent}`;
    case "is":
      return `is:${term.state}`;
    case "has":
      return `has:${term.part}`;
    case "priority":
      return `p${term.priority}`;
    case "list":
      return `#${term.id === null ? inbox(names) : nameText(term.id, names?.listName(term.id) ?? null)}`;
    case "label":
      return `@${nameText(term.id, names?.labelName(term.id) ?? null)}`;
    case "text":
      return `"${term.text}"`;
  }
}

function dateText(value: DateValue): string {
  switch (value.kind) {
    case "on":
      return isoDate(value.date);
    case "offset":
      return `${value.count < 0 ? "-" : "+"}${Math.abs(value.count)}${value.unit}`;
    case "next":
      return WEEKDAYS[value.weekday - 1] ?? "";
    default:
      return value.kind;
  }
}

/** Where a list has the name of the Inbox, the Inbox is the nil id. */
function inbox(names: Names | null): string {
  return (names?.list(INBOX) ?? null) === null ? INBOX : `{${NIL_ID}}`;
}

function nameText(id: string, name: string | null): string {
  if (name === null || name === "") return `{${id}}`;
  if (Array.from(name).every(isInName)) return name;
  return name.includes('"') ? `{${id}}` : `"${name}"`;
}
