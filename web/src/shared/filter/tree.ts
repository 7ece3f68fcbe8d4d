/**
 * The syntax tree. An AND has no AND as an operand and an OR no OR, so that parentheses that change nothing leave no
 * trace.
 */

export type Node =
  | { readonly kind: "or"; readonly operands: readonly Node[] }
  | { readonly kind: "and"; readonly operands: readonly Node[] }
  | { readonly kind: "not"; readonly operand: Node }
  | { readonly kind: "term"; readonly term: Term };

export type Term =
  | { readonly kind: "word"; readonly word: "today" | "tomorrow" | "overdue" | "deferred" }
  | { readonly kind: "date"; readonly field: DateField; readonly op: Op; readonly value: DateValue }
  | { readonly kind: "no"; readonly absent: Absent }
  | { readonly kind: "is"; readonly state: State }
  | { readonly kind: "has"; readonly part: Part }
  | { readonly kind: "priority"; readonly priority: 1 | 2 | 3 }
  /** `null`: the Inbox. */
  | { readonly kind: "list"; readonly id: string | null }
  | { readonly kind: "label"; readonly id: string }
  | { readonly kind: "text"; readonly text: string };

export type DateField = "due" | "deadline" | "start" | "created" | "done";
export type Op = ":" | "<" | "<=" | ">" | ">=";
export type Absent = "due" | "deadline" | "start" | "priority" | "label" | "list" | "description";
export type State = "open" | "done" | "any" | "recurring" | "subtask" | "top";
export type Part = "time" | "zone" | "reminder" | "duration";

export type DateValue =
  /** A day number. */
  | { readonly kind: "on"; readonly date: number }
  | { readonly kind: "today" | "tomorrow" | "yesterday" }
  /** Today and so many units, at most 9,999 forward or back. */
  | { readonly kind: "offset"; readonly count: number; readonly unit: Unit }
  /** The next one, never today. 1, Monday, to 7. */
  | { readonly kind: "next"; readonly weekday: number };

export type Unit = "d" | "w" | "m";

export function combine(kind: "or" | "and", operands: readonly Node[]): Node {
  const flat = operands.flatMap((operand) => (operand.kind === kind ? operand.operands : [operand]));
  const [first] = flat;
  return first !== undefined && flat.length === 1 ? first : { kind, operands: flat };
}

/** All terms, in the order of the text. */
export function termsOf(node: Node): readonly Term[] {
  switch (node.kind) {
    case "or":
    case "and":
      return node.operands.flatMap(termsOf);
    case "not":
      return termsOf(node.operand);
    case "term":
      return [node.term];
  }
}

/** The terms that are true of every result. */
export function requiredTerms(root: Node): readonly Term[] {
  const operands = root.kind === "and" ? root.operands : [root];
  return operands.flatMap((operand) => (operand.kind === "term" ? [operand.term] : []));
}
