/**
 * The session, against an auth server on a socket and with real neighbours: tabs are sessions that share a channel and a lock.
 */
import { expect, onTestFinished, test } from "vitest";
import { createAuthGateway } from "#shared/session/auth-gateway.ts";
import { AuthRateLimited, AuthRefused, AuthUnavailable, SessionEnded } from "#shared/session/failures.ts";
import { type KeptTexts, keepTexts } from "#shared/session/kept-texts.ts";
import { Session } from "#shared/session/session.ts";
import type { TabMessage, Tabs } from "#shared/session/tabs.ts";
import { ALICE, type AuthServer, BOB, startAuthServer } from "./servers/auth-server.ts";
import { memoryStorage } from "./servers/memory-storage.ts";

const MINUTE = 60_000;

/** A browser: one clock, one cookie jar (the server's), any number of tabs. */
class Browser {
  now = 1_000_000;
  readonly #hearers: ((message: TabMessage) => void)[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  readonly server: AuthServer;

  constructor(server: AuthServer) {
    this.server = server;
  }

  async openTab(): Promise<{ session: Session; keptTexts: KeptTexts }> {
    const keptTexts = keepTexts(memoryStorage());
    const gateway = createAuthGateway(this.server.origin);
    const session = new Session({ gateway, keptTexts, tabs: this.#tabs(), now: () => this.now });
    await session.check();
    return { session, keptTexts };
  }

  /** What `BroadcastChannel` and Web Locks do, without waiting for the event loop. */
  #tabs(): Tabs {
    const hearers = this.#hearers;
    let own: ((message: TabMessage) => void) | undefined;
    return {
      tell: (message) => {
        for (const hear of hearers) if (hear !== own) hear(structuredClone(message));
      },
      listen: (hear) => {
        own = hear;
        hearers.push(hear);
        onTestFinished(() => void hearers.splice(hearers.indexOf(hear), 1));
      },
      inTurn: (work) => {
        const result = this.#turn.then(work);
        this.#turn = result.catch(() => undefined);
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

test("knows who is signed in", async () => {
  const { session } = await openBrowser();
  expect(session.state()).toEqual({ status: "signed-in", user: ALICE });
});

test("without a session nobody is signed in, and that is no error", async () => {
  const { server, browser } = await openBrowser();
  server.user = null;
  const { session } = await browser.openTab();
  expect(session.state()).toEqual({ status: "signed-out", because: "no-session" });
});

test.each([{ status: 503 }, { status: 429, retryAfter: 3 }, { status: 404 }, "no-answer" as const])(
  "an auth server in trouble (%j) at the start is not a sign-out",
  async (trouble) => {
    const { server, session } = await openBrowser();
    server.trouble = trouble;
    await session.check();
    expect(session.state().status).toBe("unreachable");
    server.trouble = null;
    await session.check();
    expect(session.state().status).toBe("signed-in");
  },
);

test("many callers share one token", async () => {
  const { server, session } = await openBrowser();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session.token(ALICE.id)));
  expect(new Set(tokens).size).toBe(1);
  expect(server.tokens).toBe(1);
});

test("many callers share one failure, so that an auth server in trouble is not asked by each", async () => {
  const { server, session } = await openBrowser();
  server.trouble = { status: 503 };
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => session.token(ALICE.id)));
  expect(asked.map(({ status }) => status)).toEqual(Array(20).fill("rejected"));
  expect(server.tokens).toBe(1);
});

test("a token is renewed before it expires, and not sooner", async () => {
  const { server, browser, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  browser.now += 13.9 * MINUTE;
  expect(await session.token(ALICE.id)).toBe(first);
  browser.now += 0.2 * MINUTE;
  expect(await session.token(ALICE.id)).not.toBe(first);
  expect(server.tokens).toBe(2);
});

test("a rejected token is renewed once for all who had it rejected", async () => {
  const { server, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  const again = await Promise.all([session.token(ALICE.id, first), session.token(ALICE.id, first)]);
  expect(new Set(again).size).toBe(1);
  expect(again[0]).not.toBe(first);
  expect(await session.token(ALICE.id, first)).toBe(again[0]);
  expect(server.tokens).toBe(2);
});

test("a 401 from the auth server ends the session and keeps what was typed", async () => {
  const { server, session, keptTexts } = await openBrowser();
  keptTexts.of(ALICE.id).write("drafts", "half a thought");
  server.user = null;
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
  expect(session.state()).toEqual({ status: "signed-out", because: "session-ended" });
  expect(keptTexts.of(ALICE.id).read("drafts")).toBe("half a thought");
});

test("while the auth server is away a token that still works is used, with pauses between attempts", async () => {
  const { server, browser, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  server.trouble = { status: 503 };
  browser.now += 14.5 * MINUTE;
  expect(await session.token(ALICE.id)).toBe(first);
  expect(await session.token(ALICE.id)).toBe(first);
  expect(server.tokens).toBe(2);
  browser.now += 6_000;
  expect(await session.token(ALICE.id)).toBe(first);
  expect(server.tokens).toBe(3);
  browser.now += MINUTE;
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(AuthUnavailable);
  expect(session.state().status).toBe("signed-in");
});

test("a rate limit is waited out as long as it says", async () => {
  const { server, browser, session } = await openBrowser();
  const first = await session.token(ALICE.id);
  browser.now += 14.2 * MINUTE;
  server.trouble = { status: 429, retryAfter: 20 };
  expect(await session.token(ALICE.id)).toBe(first);
  server.trouble = null;
  browser.now += 19_000;
  expect(await session.token(ALICE.id)).toBe(first);
  browser.now += 2_000;
  expect(await session.token(ALICE.id)).not.toBe(first);
});

test("a rate limit without a usable token says how long to wait", async () => {
  const { server, session } = await openBrowser();
  server.trouble = { status: 429, retryAfter: 7 };
  const failure = await session.token(ALICE.id).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(AuthRateLimited);
  expect((failure as AuthRateLimited).retryAfterSeconds).toBe(7);
});

test("tabs whose tokens run out together ask once", async () => {
  const { server, browser, session } = await openBrowser();
  const tabs = [session];
  for (let count = 0; count < 4; count += 1) tabs.push((await browser.openTab()).session);
  await Promise.all(tabs.map((tab) => tab.token(ALICE.id)));
  expect(server.tokens).toBe(1);
  browser.now += 14.5 * MINUTE;
  const tokens = await Promise.all(tabs.map((tab) => tab.token(ALICE.id)));
  expect(new Set(tokens).size).toBe(1);
  expect(server.tokens).toBe(2);
});

test("signing out reaches the other tabs and leaves nothing typed behind", async () => {
  const { browser, session, keptTexts } = await openBrowser();
  const other = await browser.openTab();
  const texts = keptTexts.of(ALICE.id);
  texts.write("drafts", "half a thought");
  await session.signOut();
  expect(session.state()).toEqual({ status: "signed-out", because: "signed-out" });
  expect(other.session.state()).toEqual({ status: "signed-out", because: "signed-out" });
  texts.write("drafts", "written by a request that came back late");
  expect(keptTexts.of(ALICE.id).read("drafts")).toBeNull();
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
});

test("a sign-out the auth server did not hear of is none", async () => {
  const { server, session } = await openBrowser();
  server.trouble = "no-answer";
  await expect(session.signOut()).rejects.toBeInstanceOf(AuthUnavailable);
  expect(session.state().status).toBe("signed-in");
});

test("no token is ever handed out for another user than the one it is asked for", async () => {
  const { session } = await openBrowser();
  await session.token(ALICE.id);
  await expect(session.token(BOB.id)).rejects.toBeInstanceOf(SessionEnded);
  session.begin(BOB);
  await expect(session.token(ALICE.id)).rejects.toBeInstanceOf(SessionEnded);
});

test("a renewal that brings another user's token switches to that user and gives the token to nobody else", async () => {
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

test("a sign-in in one tab is taken up by the others", async () => {
  const { server, browser, session } = await openBrowser();
  const other = await browser.openTab();
  server.user = BOB;
  const switched = new Promise<void>((resolve) => {
    other.session.subscribe(() => {
      if (other.session.state().status === "signed-in") resolve();
    });
  });
  session.begin(BOB);
  expect(other.session.state().status).toBe("checking");
  await switched;
  expect(other.session.state()).toEqual({ status: "signed-in", user: BOB });
});

test("a refused sign-in carries Better Auth's reason", async () => {
  const { server } = await openBrowser();
  const attempt = createAuthGateway(server.origin).signIn({ email: ALICE.email, password: "wrong password" });
  const failure = await attempt.catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(AuthRefused);
  expect((failure as AuthRefused).code).toBe("INVALID_EMAIL_OR_PASSWORD");
});
