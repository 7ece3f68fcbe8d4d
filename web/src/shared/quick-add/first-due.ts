/** The first date of a repeat: of the set that its rule gives with an interval of 1. */
import { parseStoredRule } from "#shared/recurrence/parse.ts";
import { Series } from "#shared/recurrence/series.ts";
import { addDays } from "./calendar.ts";
import type { Context } from "./context.ts";
import { type Rule, ruleText } from "./rule.ts";

/** The first date from `start` on that the rule contains and whose `minute`, if there is one, is later than now. */
export function firstDue(c: Context, rule: Rule, start: number, minute: number | null): number | null {
  const from = minute === null ? start : Math.max(start, c.today);
  if (addDays(from, 0) === null) return null;
  const text = ruleText({ ...rule, interval: 1, count: null, until: null });
  const members = new Series(parseStoredRule(text), start).membersFrom(from);
  for (const date of members) {
    if (minute === null || c.isLater(date, minute)) return date;
  }
  return null;
}
