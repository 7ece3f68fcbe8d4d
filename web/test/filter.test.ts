/**
 * The vectors that the server's query language is tested with too.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Filter, MAX_STORED_CHARS } from "#shared/filter/filter.ts";
import { InvalidFilter } from "#shared/filter/invalid-filter.ts";
import type { Context, TaskFacts } from "#shared/filter/matches.ts";
import { Names } from "#shared/filter/names.ts";
import type { FilterPath } from "#shared/filter/path.ts";

type Pair = readonly [id: string, name: string];

interface VectorContext {
  readonly now: string;
  readonly today: string;
  readonly zone: string;
  readonly archived: string[];
}

interface VectorTask {
  readonly title: string;
  readonly created_at: string;
  readonly completed_at?: string;
  readonly list_id?: string;
  readonly label_ids?: string[];
  readonly priority?: 1 | 2 | 3;
  readonly due?: { readonly date: string; readonly time?: string; readonly zone?: string };
  readonly start_on?: string;
  readonly deadline_on?: string;
  readonly is_subtask?: boolean;
  readonly has_duration?: boolean;
  readonly has_reminder?: boolean;
  readonly has_description?: boolean;
  readonly is_recurring?: boolean;
}

interface Failure {
  readonly offset: number;
  readonly reason: string;
}

interface HandWritten {
  readonly lists: Pair[];
  readonly labels: Pair[];
  readonly context: VectorContext;
  readonly task: VectorTask;
  readonly texts: { text: string; canonical: string; display?: string }[];
  readonly errors: (Failure & { text: string })[];
  readonly stored_errors: (Failure & { text: string })[];
  readonly matches: {
    about: string;
    task: Partial<VectorTask>;
    context: Partial<VectorContext>;
    yes: string[];
    no: string[];
  }[];
  readonly paths: { text: string; path: unknown; context?: Partial<VectorContext> }[];
  readonly dependence: { text: string; day: boolean; time: boolean }[];
}

interface Generated {
  readonly lists: Pair[];
  readonly labels: Pair[];
  readonly scenes: {
    context: VectorContext;
    tasks: VectorTask[];
    filters: {
      text: string;
      canonical: string;
      display: string;
      path: unknown;
      depends_on_day: boolean;
      results: number[];
    }[];
  }[];
  readonly mutated: { text: string; canonical?: string; error?: Failure }[];
}

const VECTORS = new URL("../../crates/taskward-filter/tests/vectors/", import.meta.url);

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, VECTORS), "utf8"));
}

function namesOf(file: { lists: Pair[]; labels: Pair[] }): Names {
  const named = (pairs: Pair[]) => pairs.map(([id, name]) => ({ id, name }));
  return new Names(named(file.lists), named(file.labels), fold);
}

/** Stands for the folding of the search. */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase().toLowerCase();
}

function contextOf({ now, today, zone, archived }: VectorContext): Context {
  return { now: Date.parse(now), today, zone, archivedLists: new Set(archived) };
}

function factsOf(task: VectorTask): TaskFacts {
  const { due } = task;
  return {
    list: task.list_id ?? null,
    isSubtask: task.is_subtask ?? false,
    labels: task.label_ids ?? [],
    priority: task.priority ?? null,
    due: due === undefined ? null : { date: due.date, time: due.time ?? null, zone: due.zone ?? null },
    start: task.start_on ?? null,
    deadline: task.deadline_on ?? null,
    hasDuration: task.has_duration ?? false,
    hasReminder: task.has_reminder ?? false,
    hasDescription: task.has_description ?? false,
    isRecurring: task.is_recurring ?? false,
    createdAt: Date.parse(task.created_at),
    completedAt: task.completed_at === undefined ? null : Date.parse(task.completed_at),
    hasWords: (text) => task.title.toLowerCase().includes(text.toLowerCase()),
  };
}

/** In the form of the vectors. */
function pathOf(path: FilterPath): unknown {
  switch (path.kind) {
    case "words":
      return { words: path.text };
    case "label":
      return { label: path.id };
    case "list":
      return { list: path.id };
    case "agenda":
      return { agenda: { from: path.from, to: path.to } };
    default:
      return path.kind;
  }
}

function failureOf(read: () => Filter): Failure {
  try {
    const filter = read();
    throw new Error(`it is read as ${filter.canonical()}`);
  } catch (error) {
    if (!(error instanceof InvalidFilter)) throw error;
    expect(error.message).toBe(`at character ${error.offset}: ${error.reason}`);
    return { offset: error.offset, reason: error.reason };
  }
}

describe("the vectors that were written by hand", () => {
  const file: HandWritten = read("filter.json");
  const names = namesOf(file);

  test("are enough", () => {
    expect(file.texts.length + file.errors.length + file.matches.length + file.paths.length).toBeGreaterThan(200);
  });

  test.each(file.texts)("text $text", ({ text, canonical, display }) => {
    const filter = Filter.parse(text, names);
    expect(filter.canonical()).toBe(canonical);
    expect(Filter.parseStored(canonical).canonical()).toBe(canonical);
    expect(filter.display(names)).toBe(display ?? canonical);
    expect(Filter.parse(filter.display(names), names).canonical()).toBe(canonical);
  });

  test.each(file.errors)("error $text", ({ text, offset, reason }) => {
    expect(failureOf(() => Filter.parse(text, names))).toEqual({ offset, reason });
  });

  test.each(file.stored_errors)("stored error $text", ({ text, offset, reason }) => {
    expect(failureOf(() => Filter.parseStored(text))).toEqual({ offset, reason });
  });

  test.each(file.matches)("$about", ({ task, context, yes, no }) => {
    const facts = factsOf({ ...file.task, ...task });
    const ownContext = contextOf({ ...file.context, ...context });
    const isResult = (text: string) => Filter.parse(text, names).matches(facts, ownContext);
    expect(yes.filter((text) => !isResult(text))).toEqual([]);
    expect(no.filter(isResult)).toEqual([]);
  });

  test.each(file.paths)("path of $text", ({ text, path, context }) => {
    const ownContext = contextOf({ ...file.context, ...context });
    expect(pathOf(Filter.parse(text, names).path(ownContext))).toEqual(path);
  });

  test.each(file.dependence)("what $text depends on", ({ text, day, time }) => {
    const filter = Filter.parse(text, names);
    expect([filter.dependsOnDay(), filter.dependsOnTime()]).toEqual([day, time]);
  });
});

describe("the generated vectors", () => {
  const file: Generated = read("generated.json");
  const names = namesOf(file);

  test("are all there", () => {
    expect(file.scenes.flatMap((scene) => scene.filters).length).toBeGreaterThanOrEqual(300);
    expect(file.mutated.length).toBeGreaterThanOrEqual(200);
  });

  describe.each(file.scenes)("$context.now in $context.zone", ({ context, tasks, filters }) => {
    const ownContext = contextOf(context);
    const facts = tasks.map(factsOf);

    test.each(filters)("$text", ({ text, ...expected }) => {
      const filter = Filter.parse(text, names);
      expect({
        canonical: filter.canonical(),
        display: filter.display(names),
        path: pathOf(filter.path(ownContext)),
        depends_on_day: filter.dependsOnDay(),
        results: facts.flatMap((task, index) => (filter.matches(task, ownContext) ? [index] : [])),
      }).toEqual(expected);
    });
  });

  test.each(file.mutated)("mutated $text", ({ text, canonical, error }) => {
    if (error === undefined) expect(Filter.parse(text, names).canonical()).toBe(canonical);
    else expect(failureOf(() => Filter.parse(text, names))).toEqual(error);
  });
});

describe("limits", () => {
  const names = new Names([], [{ id: "0198f5d0-0000-7000-9000-000000000001", name: "x" }], fold);
  const offset = (text: string) => failureOf(() => Filter.parse(text, names)).offset;

  test("a text has at most 1,024 code points", () => {
    expect(Filter.parse(`${" ".repeat(1_018)}"a🎂🎂"`, names).texts()).toEqual(["a🎂🎂"]);
    expect(offset("p1".padEnd(1_025))).toBe(1_024);
  });

  test("a query has at most 64 terms", () => {
    expect(Filter.parse("p1 ".repeat(64), names).canonical()).toContain("p1 & p1");
    expect(offset("p1 ".repeat(65))).toBe(64 * 3);
  });

  test("parentheses are at most 16 deep", () => {
    expect(Filter.parse(`${"(".repeat(16)}p1${")".repeat(16)}`, names).canonical()).toBe("p1");
    expect(offset("(".repeat(1_024))).toBe(16);
  });

  test("the longest canonical text can be stored", () => {
    const canonical = Filter.parse("!@x".repeat(64), names).canonical();
    expect(canonical.length).toBeLessThan(MAX_STORED_CHARS);
    expect(Filter.parseStored(canonical).canonical()).toBe(canonical);
  });
});

describe("names that change", () => {
  const work = { id: "0198f5d0-0000-7000-8000-000000000001", name: "Work" };
  const names = (lists: { id: string; name: string }[]) => new Names(lists, [], fold);

  test("a saved filter follows a renamed list and shows a gone one as its id", () => {
    const stored = Filter.parse("#work", names([work])).canonical();
    expect(Filter.parseStored(stored).display(names([{ ...work, name: "Day job" }]))).toBe('#"Day job"');
    expect(Filter.parseStored(stored).display(names([]))).toBe(`#{${work.id}}`);
  });

  test("a list with the name of the Inbox takes the name", () => {
    const taken = names([{ ...work, name: "INBOX" }]);
    expect(Filter.parse("#inbox", taken).namesList(work.id)).toBe(true);
    const display = Filter.parseStored("#inbox").display(taken);
    expect(display).toBe("#{00000000-0000-0000-0000-000000000000}");
    expect(Filter.parse(display, taken).canonical()).toBe("#inbox");
  });
});
