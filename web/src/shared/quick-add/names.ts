/** The lists and labels that a user has, found by folded text. */

export class Names {
  readonly #fold: (text: string) => string;
  readonly #lists: ReadonlyMap<string, string>;
  readonly #labels: ReadonlyMap<string, string>;

  /**
   * Of names that fold to the same text the first one is found, unless one is typed exactly.
   *
   * @param fold names are compared by the text that it makes of them; it should be the folding of the search
   */
  constructor(lists: Iterable<string>, labels: Iterable<string>, fold: (text: string) => string) {
    this.#fold = fold;
    this.#lists = byKey(lists, fold);
    this.#labels = byKey(labels, fold);
  }

  list(typed: string): string | null {
    return this.#find(this.#lists, typed);
  }

  label(typed: string): string | null {
    return this.#find(this.#labels, typed);
  }

  #find(names: ReadonlyMap<string, string>, typed: string): string | null {
    return names.get(exactKey(typed)) ?? names.get(this.#fold(typed)) ?? null;
  }
}

// U+0000 is in no name, so that no folded text is equal to an exact one.
function exactKey(name: string): string {
  return `\0${name}`;
}

function byKey(names: Iterable<string>, fold: (text: string) => string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const name of names) {
    keys.set(exactKey(name), name);
    const key = fold(name);
    if (!keys.has(key)) keys.set(key, name);
  }
  return keys;
}
