/** The words of a language, read from `locale/en.json`, which the server has too. */
import english from "./locale/en.json" with { type: "json" };

export type Unit = "minute" | "hour" | "day" | "week" | "month" | "year";
export type Key = "due" | "start" | "deadline";

/** All words are in lower case. Weekdays count from Monday, 1. */
export interface Locale {
  readonly dateOrder: "month_first" | "day_first";
  readonly today: ReadonlySet<string>;
  readonly tomorrow: ReadonlySet<string>;
  readonly weekdays: ReadonlyMap<string, number>;
  readonly weekdayAbbreviations: ReadonlyMap<string, number>;
  readonly ambiguousWeekdayAbbreviations: ReadonlyMap<string, number>;
  readonly anyWeekday: ReadonlyMap<string, number>;
  readonly months: ReadonlyMap<string, number>;
  readonly ambiguousMonths: ReadonlySet<string>;
  readonly ordinalEndings: ReadonlySet<string>;
  readonly units: ReadonlyMap<string, Unit>;
  readonly anyUnit: ReadonlyMap<string, Unit>;
  readonly articles: ReadonlyMap<string, readonly Unit[]>;
  readonly keys: ReadonlyMap<string, Key>;
  readonly blocked: ReadonlySet<string>;
  readonly workdays: ReadonlySet<string>;
  readonly positions: ReadonlyMap<string, number>;
  readonly adverbs: ReadonlyMap<string, Unit>;
  /** The words that the grammar names. */
  readonly word: Pick<
    typeof english,
    | "in"
    | "next"
    | "this"
    | "weekend"
    | "end_of_month"
    | "the"
    | "of"
    | "on"
    | "by"
    | "due"
    | "at"
    | "noon"
    | "am"
    | "pm"
    | "every"
    | "other"
    | "and"
    | "last_day"
    | "of_the_month"
    | "starting"
    | "until"
    | "for"
    | "times"
  >;
}

/** The types of JSON modules are wider than what the file holds. */
type Words = Omit<typeof english, "date_order" | "units" | "plural_units" | "articles" | "keys" | "adverbs"> & {
  date_order: Locale["dateOrder"];
  units: Record<string, Unit>;
  plural_units: Record<string, Unit>;
  articles: Record<string, Unit[]>;
  keys: Record<string, Key>;
  adverbs: Record<string, Unit>;
};

function readLocale(words: Words): Locale {
  const map = <T>(...records: Record<string, T>[]) => new Map(records.flatMap((record) => Object.entries(record)));
  return {
    dateOrder: words.date_order,
    today: new Set(words.today),
    tomorrow: new Set(words.tomorrow),
    weekdays: map<number>(words.weekdays),
    weekdayAbbreviations: map<number>(words.weekday_abbreviations),
    ambiguousWeekdayAbbreviations: map<number>(words.ambiguous_weekday_abbreviations),
    anyWeekday: map<number>(words.weekdays, words.weekday_abbreviations, words.ambiguous_weekday_abbreviations),
    months: map<number>(words.months),
    ambiguousMonths: new Set(words.ambiguous_months),
    ordinalEndings: new Set(words.ordinal_endings),
    units: map(words.units),
    anyUnit: map(words.units, words.plural_units),
    articles: map(words.articles),
    keys: map(words.keys),
    blocked: new Set(words.blocked),
    workdays: new Set(words.workdays),
    positions: map<number>(words.positions),
    adverbs: map(words.adverbs),
    word: words,
  };
}

export const ENGLISH: Locale = readLocale(english as Words);
