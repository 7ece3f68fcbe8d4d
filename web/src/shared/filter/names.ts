/** The lists and labels that a user has, by name and by id. */

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** The names of a user's live lists, archived ones included, and labels. */
export class Names {
  readonly #lists: Kind;
  readonly #labels: Kind;

  /**
   * Of names that fold to the same text the first one is found, unless one is typed exactly.
   *
   * @param fold names are compared by the text that it makes of them; it should be the folding of the search
   */
  constructor(lists: Iterable<Named>, labels: Iterable<Named>, fold: (text: string) => string) {
    this.#lists = new Kind(lists, fold);
    this.#labels = new Kind(labels, fold);
  }

  list(typed: string): string | null {
    return this.#lists.find(typed);
  }

  label(typed: string): string | null {
    return this.#labels.find(typed);
  }

  /** The name by which this list is found; `null` if another one is found by its name. */
  listName(id: string): string | null {
    return this.#lists.nameOf(id);
  }

  labelName(id: string): string | null {
    return this.#labels.nameOf(id);
  }
}

class Kind {
  readonly #fold: (text: string) => string;
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(names: Iterable<Named>, fold: (text: string) => string) {
    this.#fold = fold;
    for (const { id, name } of names) {
      for (const key of [exactKey(name), fold(name)]) {
        if (!this.#ids.has(key)) this.#ids.set(key, id);
      }
      this.#names.set(id, name);
    }
  }

  find(typed: string): string | null {
    return this.#ids.get(exactKey(typed)) ?? this.#ids.get(this.#fold(typed)) ?? null;
  }

  nameOf(id: string): string | null {
    const name = this.#names.get(id);
    return name !== undefined && this.find(name) === id ? name : null;
  }
}

// U+0000 is in no name, so that no folded text is equal to an exact one.
function exactKey(name: string): string {
  return `\0${name}`;
}
