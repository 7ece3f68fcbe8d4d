/** Which range of tasks contains every result of a filter. It decides the order of the results too. */

import { isoDate, LAST_DAY } from "#shared/time/calendar.ts";
import { resolve } from "./dates.ts";
import { type Context, todayOf } from "./matches.ts";
import { localDate } from "./time.ts";
import { type Node, type Op, requiredTerms, type Term, termsOf } from "./tree.ts";

export type FilterPath =
  /** Tasks that a search for the text finds, open or completed. */
  | { readonly kind: "words"; readonly text: string }
  /** Open tasks with the label that are not in an archived list. */
  | { readonly kind: "label"; readonly id: string }
  /** Open tasks of the list, `null` for the Inbox, that are no subtasks. The list may be archived. */
  | { readonly kind: "list"; readonly id: string | null }
  /** Open tasks with an agenda day that are not in an archived list. Both ends are included, and `null` is no end. */
  | { readonly kind: "agenda"; readonly from: string | null; readonly to: string | null }
  /** Completed tasks; all live tasks; open tasks. */
  | { readonly kind: "done" | "any" | "open" };

export function pathOf(root: Node, hasDone: boolean, context: Context): FilterPath {
  const required = requiredTerms(root);
  const first = <K extends Term["kind"]>(kind: K) =>
    required.find((term): term is Extract<Term, { kind: K }> => term.kind === kind);
  const is = (state: string) => required.some((term) => term.kind === "is" && term.state === state);
  const text = first("text");
  if (text !== undefined) return { kind: "words", text: text.text };
  if (hasDone && !is("open")) {
    const isDone = is("done") || required.some((term) => term.kind === "date" && term.field === "done");
    return { kind: isDone ? "done" : "any" };
  }
  const isArchived = (term: Term) => term.kind === "list" && term.id !== null && context.archivedLists.has(term.id);
  const isShown = !termsOf(root).some(isArchived);
  const label = first("label");
  if (label !== undefined && isShown) return { kind: "label", id: label.id };
  const list = first("list");
  if (list !== undefined && is("top")) return { kind: "list", id: list.id };
  const dates = datesOf(root, context);
  return dates.hasDate && isShown ? agenda(dates) : { kind: "open" };
}

/**
 * What is true of the dates of every result.
 *
 * The agenda day of a task with a due or a deadline is the earlier of the two. So an upper bound of one of them is one
 * of the agenda day. A lower bound needs one of both, where absence is as good as a bound.
 */
interface Dates {
  /** A due or a deadline is there. */
  readonly hasDate: boolean;
  /** The agenda day is at most this. */
  readonly to: number;
  /** The due is absent or at least this. */
  readonly dueFrom: number;
  /** The deadline is absent or at least this. */
  readonly deadlineFrom: number;
}

const UNKNOWN: Dates = { hasDate: false, to: LAST_DAY, dueFrom: -Infinity, deadlineFrom: -Infinity };

function datesOf(node: Node, context: Context): Dates {
  switch (node.kind) {
    case "and":
      return node.operands.map((operand) => datesOf(operand, context)).reduce(both, UNKNOWN);
    case "or":
      return node.operands.map((operand) => datesOf(operand, context)).reduce(either);
    case "not":
      return UNKNOWN;
    case "term":
      return datesOfTerm(node.term, context);
  }
}

function datesOfTerm(term: Term, context: Context): Dates {
  const today = todayOf(context);
  switch (term.kind) {
    case "word":
      if (term.word === "deferred") return UNKNOWN;
      if (term.word === "overdue") {
        // A day later than now: where clocks go back over midnight, a passed instant can be on a later date.
        const passed = Math.min(localDate(context.now, context.zone) + 1, LAST_DAY);
        return { ...UNKNOWN, hasDate: true, to: Math.max(passed, today) };
      }
      return due(range(":", resolve({ kind: term.word }, today)));
    case "date": {
      const { from, to } = range(term.op, resolve(term.value, today));
      if (term.field === "due") return due({ from, to });
      return term.field === "deadline" ? { ...UNKNOWN, hasDate: true, to, deadlineFrom: from } : UNKNOWN;
    }
    case "no":
      if (term.absent === "due") return { ...UNKNOWN, dueFrom: LAST_DAY };
      return term.absent === "deadline" ? { ...UNKNOWN, deadlineFrom: LAST_DAY } : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function due({ from, to }: Range): Dates {
  return { ...UNKNOWN, hasDate: true, to, dueFrom: from };
}

function both(one: Dates, other: Dates): Dates {
  return {
    hasDate: one.hasDate || other.hasDate,
    to: Math.min(one.to, other.to),
    dueFrom: Math.max(one.dueFrom, other.dueFrom),
    deadlineFrom: Math.max(one.deadlineFrom, other.deadlineFrom),
  };
}

function either(one: Dates, other: Dates): Dates {
  return {
    hasDate: one.hasDate && other.hasDate,
    to: Math.max(one.to, other.to),
    dueFrom: Math.min(one.dueFrom, other.dueFrom),
    deadlineFrom: Math.min(one.deadlineFrom, other.deadlineFrom),
  };
}

function agenda(dates: Dates): FilterPath {
  const from = Math.min(dates.dueFrom, dates.deadlineFrom);
  return {
    kind: "agenda",
    from: from === -Infinity ? null : isoDate(from),
    to: dates.to === LAST_DAY ? null : isoDate(dates.to),
  };
}

/** Dates that a comparison allows, both ends included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function range(op: Op, bound: number): Range {
  switch (op) {
    case ":":
      return { from: bound, to: bound };
    case "<":
      return { from: -Infinity, to: bound - 1 };
    case "<=":
      return { from: -Infinity, to: bound };
    case ">":
      return { from: Math.min(bound + 1, LAST_DAY), to: LAST_DAY };
    case ">=":
      return { from: bound, to: LAST_DAY };
  }
}
