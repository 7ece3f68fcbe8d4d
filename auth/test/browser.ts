/** A simulated browser behind the proxy, with an origin, a client address and cookies. */

import assert from "node:assert/strict";
import { type AuthServer, ORIGIN } from "./auth-server.ts";

export const PASSWORD = "correct horse battery staple";

export interface Person {
  readonly name: string;
  readonly email: string;
}

export const ALICE: Person = { name: "Alice", email: "alice@example.com" };
export const BOB: Person = { name: "Bob", email: "bob@example.com" };

export class Browser {
  readonly #headers: Record<string, string>;
  #cookies = new Map<string, string>();

  constructor(address = "192.0.2.1", origin = ORIGIN) {
    this.#headers = { origin, "x-real-ip": address };
  }

  get cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async get(server: AuthServer, path: string): Promise<Response> {
    return this.#storeCookies(await fetch(server.url + path, { headers: this.#requestHeaders() }));
  }

  async post(server: AuthServer, path: string, body: unknown): Promise<Response> {
    const headers = { ...this.#requestHeaders(), "content-type": "application/json" };
    return this.#storeCookies(
      await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) }),
    );
  }

  signUp(server: AuthServer, person: Person): Promise<Response> {
    return this.post(server, "/api/auth/sign-up/email", { ...person, password: PASSWORD });
  }

  signIn(server: AuthServer, person: Person, password = PASSWORD): Promise<Response> {
    return this.post(server, "/api/auth/sign-in/email", { email: person.email, password });
  }

  /** Gets a JWT for the API. Fails the test without a session. */
  async token(server: AuthServer): Promise<string> {
    const response = await this.get(server, "/api/auth/token");
    assert.equal(response.status, 200, `GET /token answered ${response.status}`);
    const body = (await response.json()) as { token: string };
    return body.token;
  }

  #requestHeaders(): Record<string, string> {
    return this.#cookies.size === 0 ? this.#headers : { ...this.#headers, cookie: this.cookieHeader };
  }

  #storeCookies(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (/;\s*max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/** A new browser that is signed up as `person`. */
export async function signedUp(server: AuthServer, person: Person): Promise<Browser> {
  const browser = new Browser();
  assert.equal((await browser.signUp(server, person)).status, 200);
  return browser;
}

/** A new browser that is signed in as `person`, who has an account. */
export async function signedIn(server: AuthServer, person: Person): Promise<Browser> {
  const browser = new Browser();
  assert.equal((await browser.signIn(server, person)).status, 200);
  return browser;
}
