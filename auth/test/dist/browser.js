/** A person's browser as the auth server sees it through the proxy: one origin, one address, its own cookies. */
import assert from "node:assert/strict";
import { ORIGIN } from "./auth-server.js";
export const PASSWORD = "correct horse battery staple";
export const ALICE = { name: "Alice", email: "alice@example.com" };
export const BOB = { name: "Bob", email: "bob@example.com" };
export class Browser {
    #headers;
    #cookies = new Map();
    constructor(address = "192.0.2.1", origin = ORIGIN) {
        this.#headers = { origin, "x-real-ip": address };
    }
    get cookieHeader() {
        return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    }
    async get(server, path) {
        return this.#keep(await fetch(server.url + path, { headers: this.#requestHeaders() }));
    }
    async post(server, path, body) {
        const headers = { ...this.#requestHeaders(), "content-type": "application/json" };
        return this.#keep(await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) }));
    }
    signUp(server, person) {
        return this.post(server, "/api/auth/sign-up/email", { ...person, password: PASSWORD });
    }
    signIn(server, person, password = PASSWORD) {
        return this.post(server, "/api/auth/sign-in/email", { email: person.email, password });
    }
    /** The JWT for the API; fails the test where there is no session. */
    async token(server) {
        const response = await this.get(server, "/api/auth/token");
        assert.equal(response.status, 200, `GET /token answered ${response.status}`);
        const body = (await response.json());
        return body.token;
    }
    #requestHeaders() {
        return this.#cookies.size === 0 ? this.#headers : { ...this.#headers, cookie: this.cookieHeader };
    }
    #keep(response) {
        for (const line of response.headers.getSetCookie()) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
            if (name === undefined || value === undefined)
                continue;
            if (/;\s*max-age=0/i.test(line))
                this.#cookies.delete(name);
            else
                this.#cookies.set(name, value);
        }
        return response;
    }
}
/** A new browser in which this person has just signed up. */
export async function signedUp(server, person) {
    const browser = new Browser();
    assert.equal((await browser.signUp(server, person)).status, 200);
    return browser;
}
/** A new browser in which this person, who has an account, has just signed in. */
export async function signedIn(server, person) {
    const browser = new Browser();
    assert.equal((await browser.signIn(server, person)).status, 200);
    return browser;
}
