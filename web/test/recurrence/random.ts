/** Random rules and starts from a seed, so that a failure can be repeated. */
import { basicDate } from "#shared/time/calendar.ts";
import { date } from "./setup.ts";

/** Mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  oneIn(chances: number): boolean {
    return this.below(chances) === 0;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("there is nothing to pick from");
    return item;
  }

  list(most: number, item: () => string): string {
    return Array.from({ length: this.between(1, most) }, item).join(",");
  }

  signed(most: number): number {
    return this.between(1, most) * (this.oneIn(2) ? 1 : -1);
  }
}

/** Of the years 2023 to 2035, often the last of a month. */
export function randomDate(random: Random): number {
  const some = date("2023-11-05") + random.below(4400);
  if (!random.oneIn(4)) return some;
  const next = new Date(some * 86_400_000);
  return Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0) / 86_400_000;
}

/** The text of a supported rule, mostly not canonical. */
export function randomRule(random: Random): string {
  const weekday = () => random.pick(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
  const dayInMonth = () => `${random.oneIn(2) ? random.signed(5) : ""}${weekday()}`;
  const monthDay = () => String(random.oneIn(3) ? random.between(28, 31) : random.signed(31));
  const frequency = random.pick(["DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]);
  const parts = [`FREQ=${frequency}`, `INTERVAL=${random.between(1, random.pick([1, 4, 30]))}`];
  const isInMonths = frequency === "MONTHLY" || frequency === "YEARLY";
  const shape = isInMonths ? random.pick(["plain", "skip", "month-days", "days", "both"]) : "plain";
  const needsMonths = frequency === "YEARLY" && shape !== "plain";
  if (needsMonths || random.oneIn(4)) parts.push(`BYMONTH=${random.list(4, () => String(random.between(1, 12)))}`);
  if (shape === "skip") parts.push(`BYMONTHDAY=${monthDay()}`, "RSCALE=GREGORIAN", "SKIP=BACKWARD");
  if (shape === "month-days" || shape === "both") parts.push(`BYMONTHDAY=${random.list(5, monthDay)}`);
  if (shape === "days" || shape === "both") parts.push(`BYDAY=${random.list(6, dayInMonth)}`);
  if (shape === "plain" && isInMonths && random.oneIn(2)) parts.push("RSCALE=GREGORIAN", "SKIP=BACKWARD");
  if (shape === "plain" && !isInMonths && random.oneIn(2)) parts.push(`BYDAY=${random.list(4, weekday)}`);
  if (["month-days", "days", "both"].includes(shape) && random.oneIn(2)) {
    parts.push(`BYSETPOS=${random.list(3, () => String(random.signed(random.pick([3, 31]))))}`);
  }
  const end = random.pick(["none", "none", "count", "until"]);
  if (end === "count") parts.push(`COUNT=${random.between(1, 30)}`);
  if (end === "until") parts.push(`UNTIL=${basicDate(randomDate(random))}`);
  if (random.oneIn(2)) parts.push(`WKST=${weekday()}`);
  return parts.join(";");
}
