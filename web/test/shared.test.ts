/**
 * Tests of the pure functions in `shared`.
 */
import { expect, test } from "vitest";
import { nextCursor } from "#shared/api/next-cursor.ts";
import { uuidV7 } from "#shared/api/uuid-v7.ts";
import { retryAfterSeconds } from "#shared/session/retry-after.ts";
import { safeReturnTo } from "#shared/session/return-to.ts";
import { createTextStorage } from "#shared/session/text-storage.ts";
import { parseToken } from "#shared/session/token.ts";
import { memoryStorage } from "./servers/memory-storage.ts";

test.each(["/tasks?filter=active", "/tasks#x", "/a/b?c=%2F%2Fevil.example"])("safeReturnTo accepts %s", (path) => {
  expect(safeReturnTo(path)).toBe(path);
});

test.each([
  "//evil.example/x",
  "/\\evil.example",
  "/\t/evil.example",
  "/..//evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "tasks",
  "",
  "/",
  "/sign-in?return_to=/tasks",
  undefined,
  ["/tasks"],
])("safeReturnTo rejects %j", (value) => {
  expect(safeReturnTo(value)).toBe("/tasks");
});

test.each([
  ['</api/users/me/tasks?limit=50&cursor=abc%2B1>; rel="next"', "abc+1"],
  ["</t?cursor=1>; rel=prev, </t?cursor=2>; rel=next", "2"],
  ['</t?cursor=1>; rel="prev"', null],
  ["", null],
])("nextCursor reads %j", (link, cursor) => {
  expect(nextCursor(new Headers({ link }))).toBe(cursor);
});

test.each([
  [{ "retry-after": "5" }, 5],
  [{ "x-retry-after": "9" }, 9],
  [{ "retry-after": "0" }, 1],
  [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, null],
  [{}, null],
])("retryAfterSeconds reads %j", (headers, seconds) => {
  expect(retryAfterSeconds(new Headers(headers))).toBe(seconds);
});

test("uuidV7 has version, variant and time, and two ids differ", () => {
  const now = Date.UTC(2026, 10, 20, 21, 0, 0, 123);
  const id = uuidV7(now);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(now);
  expect(uuidV7(now)).not.toBe(id);
});

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;
}

test("a token's lifetime is counted from its arrival and does not depend on the local clock", () => {
  const token = parseToken(jwt({ sub: "a", iat: 5_000, exp: 5_900, name: "Zoë" }), 1_000);
  expect(token).toMatchObject({ userId: "a", expiresAt: 901_000, renewAt: 841_000 });
});

test("a token with a short lifetime is renewed after four fifths of it", () => {
  expect(parseToken(jwt({ sub: "a", iat: 0, exp: 10 }), 0)).toMatchObject({ renewAt: 8_000, expiresAt: 10_000 });
});

test.each([
  "",
  "abc",
  "a.b.c",
  jwt(null),
  jwt({ sub: "", iat: 0, exp: 9 }),
  jwt({ sub: "a", exp: 9 }),
  jwt({ sub: "a", iat: 9, exp: 9 }),
])("parseToken rejects %j", (text) => {
  expect(parseToken(text, 0)).toBeNull();
});

test("stored texts belong to one user", () => {
  const storage = memoryStorage();
  const texts = createTextStorage(storage);
  texts.forUser("a").write("drafts", "of a");
  texts.forUser("a:b").write("drafts", "of a:b");
  expect(texts.forUser("b").read("drafts")).toBeNull();
  texts.clearOthers("a:b");
  expect(texts.forUser("a").read("drafts")).toBeNull();
  expect(texts.forUser("a:b").read("drafts")).toBe("of a:b");
  expect(createTextStorage(storage).forUser("a:b").read("drafts")).toBe("of a:b");
});

test("without storage, writes do nothing and reads return null", () => {
  const texts = createTextStorage(() => {
    throw new DOMException("denied", "SecurityError");
  });
  texts.forUser("a").write("drafts", "x");
  texts.clear("a");
  expect(texts.forUser("a").read("drafts")).toBeNull();
});
