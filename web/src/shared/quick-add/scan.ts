/**
 * Finds the matches of a text, from left to right.
 *
 * Whether a phrase counts may depend on whether only matches follow it, so all places are judged from right to left
 * first.
 */
import type { Context } from "./context.ts";
import { keyed, phrase } from "./due.ts";
import { marker } from "./markers.ts";
import type { Match } from "./match.ts";
import { repeatPhrase } from "./repeats.ts";
import { ruleText } from "./rule.ts";
import { isClosing, isSpace } from "./text.ts";

interface Found {
  readonly match: Match;
  /** The phrase does not count because of the word before it. It is plain text as a whole. */
  readonly isBlocked: boolean;
  /** Nothing but matches and closing punctuation follows. */
  readonly isTail: boolean;
}

/** What stands at the places of a text, when only matches precede it and when not. */
interface Places {
  readonly atStart: Map<number, Found>;
  readonly elsewhere: Map<number, Found>;
}

export function matchesOf(c: Context): Match[] {
  const places = judge(c);
  const matches: Match[] = [];
  let place = c.text.skipSpaces(0);
  let isAtStart = true;
  while (place < c.text.length) {
    const found = at(places, place, isAtStart);
    const escaped = found === undefined ? escapeAt(c, places, place, isAtStart) : null;
    let end = place + 1;
    if (found !== undefined && !found.isBlocked) {
      matches.push(found.match);
      end = found.match.end;
    } else {
      isAtStart = false;
      if (found !== undefined) end = found.match.end;
      if (escaped !== null) {
        matches.push(escaped.match);
        end = escaped.end;
      }
    }
    place = nextStart(c, end);
    isAtStart &&= place === c.text.skipSpaces(end);
  }
  return matches;
}

function at(places: Places, place: number, isAtStart: boolean): Found | undefined {
  return (isAtStart ? places.atStart : places.elsewhere).get(place);
}

/** The next place from this one on where a token begins. */
function nextStart(c: Context, from: number): number {
  let place = from;
  while (place < c.text.length && !c.text.isStart(place)) place += 1;
  return place;
}

function judge(c: Context): Places {
  const places: Places = { atStart: new Map(), elsewhere: new Map() };
  for (let place = c.text.length - 1; place >= 0; place -= 1) {
    if (!c.text.isStart(place)) continue;
    for (const isAtStart of [false, true]) {
      const found = find(c, places, place, place, isAtStart);
      if (found !== null) (isAtStart ? places.atStart : places.elsewhere).set(place, found);
    }
  }
  return places;
}

/** Whether only white space, closing punctuation and matches follow. */
function isAtEnd(c: Context, places: Places, end: number, isAtStart: boolean): boolean {
  let place = end;
  let isStillAtStart = isAtStart;
  for (let char = c.text.at(place); char !== undefined; char = c.text.at(place)) {
    if (isClosing(char)) isStillAtStart = false;
    else if (!isSpace(char)) break;
    place += 1;
  }
  return place >= c.text.length || at(places, place, isStillAtStart)?.isTail === true;
}

/** A backslash before a token that would match, and the end of that token. */
function escapeAt(c: Context, places: Places, place: number, isAtStart: boolean): { match: Match; end: number } | null {
  if (c.text.at(place) !== "\\" || !c.text.isStart(place)) return null;
  const found = find(c, places, place + 1, place, isAtStart);
  if (found === null || found.isBlocked || found.match.value.kind === "unknown") return null;
  return {
    match: { start: place, end: place + 1, value: { kind: "escape" } },
    // What is plain ends where the mark of a description ends, not with the description.
    end: found.match.value.kind === "description" ? place + 3 : found.match.end,
  };
}

/** What stands at the place, in a token that begins at `start`. Places behind it have been judged. */
function find(c: Context, places: Places, place: number, start: number, isAtStart: boolean): Found | null {
  const isEdge = (end: number) => isAtEnd(c, places, end, isAtStart);
  const fixed = marker(c, place);
  if (fixed !== null) return foundAt(fixed, false, isEdge);
  const repeated = repeat(c, place, isEdge);
  if (repeated !== null) return foundAt(repeated, isBlocked(c, start), isEdge);
  const withKey = keyed(c, place);
  if (withKey !== null) return foundAt(withKey, false, isEdge);
  const due = phrase(c, place, { isAtStart, isAtEnd: isEdge });
  return due === null ? null : foundAt(due, isBlocked(c, start), isEdge);
}

function foundAt(match: Match, blocked: boolean, isEdge: (end: number) => boolean): Found {
  return { match, isBlocked: blocked, isTail: !blocked && isEdge(match.end) };
}

function repeat(c: Context, place: number, isEdge: (end: number) => boolean): Match | null {
  const found = repeatPhrase(c, place, isEdge);
  if (found === null) return null;
  const { rule, anchor, date, minute, end } = found;
  return { start: place, end, value: { kind: "recurrence", rule: ruleText(rule), anchor, date, minute } };
}

function isBlocked(c: Context, start: number): boolean {
  return c.locale.blocked.has(c.text.tokenBefore(start).toLowerCase());
}
