/**
 * Tests of the session against a real HTTP server. Each tab is a `Session`; the tabs of a `Browser` share a channel and a lock.
 */
import { expect, onTestFinished, test } from "vitest";
import { createAuthGateway } from "#shared/session/auth-gateway.ts";
import { AuthRateLimited, AuthRefused, AuthUnavailable, SessionEnded } from "#shared/session/failures.ts";
import { Session } from "#shared/session/session.ts";
import type { TabChannel, TabMessage } from "#shared/session/tabs.ts";
import { createTextStorage, type TextStorage } from "#shared/session/text-storage.ts";
import { ALICE, type AuthServer, BOB, startAuthServer } from "./servers/auth-server.ts";
import { memoryStorage } from "./servers/memory-storage.ts";

const MINUTE = 60_000;

/** One clock and one session cookie, which the server keeps, for any number of tabs. */
class Browser {
  now = 1_000_000;
  readonly #handlers: ((message: TabMessage) => void)[] = [];
  #lastWork: Promise<unknown> = Promise.resolve();
  readonly server: AuthServer;

  constructor(server: AuthServer) {
    this.server = server;
  }

  async openTab(): Promise<{ session: Session; textStorage: TextStorage }> {
    const textStorage = createTextStorage(memoryStorage());
    const gateway = createAuthGateway(this.server.origin);
    const session = new Session({ gateway, textStorage, tabs: this.#tabs(), now: () => this.now });
    await session.check();
    return { session, textStorage };
  }

  /** Replaces `BroadcastChannel` and Web Locks. Messages are delivered synchronously. */
  #tabs(): TabChannel {
    const handlers = this.#handlers;
    let own: ((message: TabMessage) => void) | undefined;
    return {
      post: (message) => {
        for (const handler of handlers) if (handler !== own) handler(structuredClone(message));
      },
      onMessage: (handler) => {
        own = handler;
        handlers.push(handler);
        onTestFinished(() => void handlers.splice(handlers.indexOf(handler), 1));
      },
      withLock: (work) => {
        const result = this.#lastWork.then(work);
        this.#lastWork = result.catch(() => undefined);
        return result;
      },
    };
  }
}

async function openBrowser() {
  const server = await startAuthServer();
  const browser = new Browser(server);
  return { server, browser, ...(await browser.openTab()) };
}

test("check finds the signed-in user", async () => {
  const { session } = await openBrowser();
  expect(session.state()).toEqual({ status: "signed-in", user: ALICE });
});

test("without a session the state is signed-out", async () => {
  const { server, browser } = await openBrowser();
  server.user = null;
  const { session } = await browser.openTab();
  expect(session.state()).toEqual({ status: "signed-out", reason: "no-session" });
});

test.each([{ status: 503 }, { status: 429, retryAfter: 3 }, { status: 404 }, "no-response" as const])(
  "an auth server failure (%j) at the start does not sign out",
  async (fault) => {
    const { server, session } = await openBrowser();
    server.fault = fault;
    await session.check();
    expect(session.state().status).toBe("unreachable");
    server.fault = null;
    await session.check();
    expect(session.state().status).toBe("signed-in");
  },
);

test("concurrent callers share one token request", async () => {
  const { server, session } = await openBrowser();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session.token(ALICE.id)));
  expect(new Set(tokens).size).toBe(1);
  expect(server.tokenRequests).toBe(1);
});

test("concurrent callers share one failed token request", async () => {
  const { server, session } = await openBrowser();
  server.fault = { status: 503 };
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => session.token(ALICE.id)));
  expect(results.map(({ status }) => status)).toEqual(Array(20).fill("rejected"));
  expect(server.tokenRequests).toBe(1);
});

test("a token is renewed one minute before it expires, and not sooner", async () => {
  const { server, browser, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  browser.now += 13.9 * MINUTE;
  expect(await session.token(ALICE.id)).toBe(first);
  browser.now += 0.2 * MINUTE;
  expect(await session.token(ALICE.id)).not.toBe(first);
  expect(server.tokenRequests).toBe(2);
});

test("a rejected token is renewed once for all callers", async () => {
  const { server, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  const again = await Promise.all([session.token(ALICE.id, first), session.token(ALICE.id, first)]);
  expect(new Set(again).size).toBe(1);
  expect(again[0]).not.toBe(first);
  expect(await session.token(ALICE.id, first)).toBe(again[0]);
  expect(server.tokenRequests).toBe(2);
});

test("a 401 from the auth server ends the session and keeps stored texts", async () => {
  const { server, session, textStorage } = await openBrowser();
  textStorage.forUser(ALICE.id).write("drafts", "unsent text");
  server.user = null;
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
  expect(session.state()).toEqual({ status: "signed-out", reason: "session-ended" });
  expect(textStorage.forUser(ALICE.id).read("drafts")).toBe("unsent text");
});

test("while the auth server fails, a valid token is used and renewals are delayed", async () => {
  const { server, browser, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  server.fault = { status: 503 };
  browser.now += 14.5 * MINUTE;
  expect(await session.token(ALICE.id)).toBe(first);
  expect(await session.token(ALICE.id)).toBe(first);
  expect(server.tokenRequests).toBe(2);
  browser.now += 6_000;
  expect(await session.token(ALICE.id)).toBe(first);
  expect(server.tokenRequests).toBe(3);
  browser.now += MINUTE;
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(AuthUnavailable);
  expect(session.state().status).toBe("signed-in");
});

test("after a rate limit the next renewal waits for the retry delay", async () => {
  const { server, browser, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  browser.now += 14.2 * MINUTE;
  server.fault = { status: 429, retryAfter: 20 };
  expect(await session.token(ALICE.id)).toBe(first);
  server.fault = null;
  browser.now += 19_000;
  expect(await session.token(ALICE.id)).toBe(first);
  browser.now += 2_000;
  expect(await session.token(ALICE.id)).not.toBe(first);
});

test("a rate limit without a valid token throws the retry delay", async () => {
  const { server, session } = await openBrowser();
  server.fault = { status: 429, retryAfter: 7 };
  const failure = await session.token(ALICE.id).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(AuthRateLimited);
  expect((failure as AuthRateLimited).retryAfterSeconds).toBe(7);
});

test("tabs whose tokens expire together send one token request", async () => {
  const { server, browser, session } = await openBrowser();
  const tabs = [session];
  for (let count = 0; count < 4; count += 1) tabs.push((await browser.openTab()).session);
  await Promise.all(tabs.map((tab) => tab.token(ALICE.id)));
  expect(server.tokenRequests).toBe(1);
  browser.now += 14.5 * MINUTE;
  const tokens = await Promise.all(tabs.map((tab) => tab.token(ALICE.id)));
  expect(new Set(tokens).size).toBe(1);
  expect(server.tokenRequests).toBe(2);
});

test("signing out signs out the other tabs and deletes stored texts", async () => {
  const { browser, session, textStorage } = await openBrowser();
  const other = await browser.openTab();
  const texts = textStorage.forUser(ALICE.id);
  texts.write("drafts", "unsent text");
  await session.signOut();
  expect(session.state()).toEqual({ status: "signed-out", reason: "signed-out" });
  expect(other.session.state()).toEqual({ status: "signed-out", reason: "signed-out" });
  texts.write("drafts", "written after signing out");
  expect(textStorage.forUser(ALICE.id).read("drafts")).toBeNull();
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
});

test("a sign-out that did not reach the auth server does not sign out", async () => {
  const { server, session } = await openBrowser();
  server.fault = "no-response";
  await expect(session.signOut()).rejects.toBeInstanceOf(AuthUnavailable);
  expect(session.state().status).toBe("signed-in");
});

test("a token of one user is never returned for another user", async () => {
  const { session } = await openBrowser();
  await session.token(ALICE.id);
  await expect(session.token(BOB.id)).rejects.toBeInstanceOf(SessionEnded);
  session.start(BOB);
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
});

test("a renewal that returns another user's token throws and switches to that user", async () => {
  const { server, browser, session } = await openBrowser();
  await session.token(ALICE.id);
  server.user = BOB;
  browser.now += 14.5 * MINUTE;
  const switched = new Promise<void>((resolve) => {
    session.subscribe(() => {
      if (session.state().status === "signed-in") resolve();
    });
  });
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
  await switched;
  expect(session.state()).toEqual({ status: "signed-in", user: BOB });
});

test("a sign-in in one tab switches the user in the others", async () => {
  const { server, browser, session } = await openBrowser();
  const other = await browser.openTab();
  server.user = BOB;
  const switched = new Promise<void>((resolve) => {
    other.session.subscribe(() => {
      if (other.session.state().status === "signed-in") resolve();
    });
  });
  session.start(BOB);
  expect(other.session.state().status).toBe("checking");
  await switched;
  expect(other.session.state()).toEqual({ status: "signed-in", user: BOB });
});

test("a rejected sign-in has Better Auth's error code", async () => {
  const { server } = await openBrowser();
  const attempt = createAuthGateway(server.origin).signIn({ email: ALICE.email, password: "wrong password" });
  const failure = await attempt.catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(AuthRefused);
  expect((failure as AuthRefused).code).toBe("INVALID_EMAIL_OR_PASSWORD");
});
