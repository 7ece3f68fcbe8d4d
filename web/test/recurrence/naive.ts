/**
 * A second implementation of the set of dates: the definition, asked of every single day. It reads the rule's text
 * itself, computes with `Date` and shares no code with the engine.
 */

const DAY = 86_400_000;
const NAMES = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly length: number;
  readonly name: string;
}

function civil(date: number): Civil {
  const at = new Date(date * DAY);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + 1];
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { year, month, day: at.getUTCDate(), length, name: NAMES[at.getUTCDay()] ?? "" };
}

/** The members of the series up to a date, all as day numbers. */
export function naiveMembers(canonicalRule: string, start: number, last: number): number[] {
  const parts = new Map(canonicalRule.split(";").map((part) => part.split("=") as [string, string]));
  const list = (name: string) => parts.get(name)?.split(",");
  const interval = Number(parts.get("INTERVAL") ?? 1);
  const count = Number(parts.get("COUNT") ?? Number.POSITIVE_INFINITY);
  const until = Number(parts.get("UNTIL") ?? Number.POSITIVE_INFINITY);
  const frequency = parts.get("FREQ");
  const first = civil(start);

  function weekBegin(date: number): number {
    let begin = date;
    while (civil(begin).name !== (parts.get("WKST") ?? "MO")) begin -= 1;
    return begin;
  }

  function periodsFromStart(date: number): number {
    const { year, month } = civil(date);
    if (frequency === "DAILY") return date - start;
    if (frequency === "WEEKLY") return (weekBegin(date) - weekBegin(start)) / 7;
    if (frequency === "MONTHLY") return (year - first.year) * 12 + month - first.month;
    return year - first.year;
  }

  function isMonthDay(wanted: number, { day, length }: Civil): boolean {
    if (wanted < 0) return day === length + 1 + wanted;
    return day === (parts.has("SKIP") ? Math.min(wanted, length) : wanted);
  }

  function isWeekday(wanted: string, { day, length, name }: Civil): boolean {
    const ordinal = wanted.slice(0, -2);
    const isNth = [Math.floor((day - 1) / 7) + 1, -Math.floor((length - day) / 7) - 1].includes(Number(ordinal));
    return wanted.endsWith(name) && (ordinal === "" || isNth);
  }

  function isDay(date: number): boolean {
    const at = civil(date);
    const months = list("BYMONTH")?.map(Number);
    if (!(months?.includes(at.month) ?? (frequency !== "YEARLY" || at.month === first.month))) return false;
    const byMonthDay = list("BYMONTHDAY")?.some((wanted) => isMonthDay(Number(wanted), at));
    const byDay = list("BYDAY")?.some((wanted) => isWeekday(wanted, at));
    if (byMonthDay !== undefined || byDay !== undefined) return (byMonthDay ?? true) && (byDay ?? true);
    if (frequency === "DAILY") return true;
    return frequency === "WEEKLY" ? at.name === first.name : isMonthDay(first.day, at);
  }

  /** All days of the month or year of a date. */
  function period(date: number): number[] {
    const { year, month } = civil(date);
    const isSame = (other: Civil) => other.year === year && (frequency === "YEARLY" || other.month === month);
    let begin = date;
    while (isSame(civil(begin - 1))) begin -= 1;
    const days: number[] = [];
    for (let day = begin; isSame(civil(day)); day += 1) days.push(day);
    return days;
  }

  function isAtPosition(date: number): boolean {
    const positions = list("BYSETPOS")?.map(Number);
    if (positions === undefined) return true;
    const days = period(date).filter(isDay);
    return positions.some((position) => days.at(position > 0 ? position - 1 : position) === date);
  }

  const members: number[] = [];
  for (let date = start; date <= last && members.length < count; date += 1) {
    const { year, month, day } = civil(date);
    if (year * 10_000 + month * 100 + day > until) break;
    if (periodsFromStart(date) % interval === 0 && isDay(date) && isAtPosition(date)) members.push(date);
  }
  return members;
}
