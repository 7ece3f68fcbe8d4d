/**
 * Monitors all pages of a browser context for faults that fail any test: a content security policy violation, an uncaught
 * exception, a dialog, a JWT in storage.
 */

import type { BrowserContext, Page } from "@playwright/test";

/** Three base64url parts. The first starts with `eyJ`, which decodes to the start of a JSON object. */
const JWT = /\beyJ[\w-]{5,}\.[\w-]{10,}\.[\w-]{10,}/;

export class FaultWatch {
  readonly #faults: string[] = [];
  readonly #contexts: BrowserContext[] = [];

  /** Call before the context opens its first page. */
  async watch(context: BrowserContext): Promise<void> {
    this.#contexts.push(context);
    context.on("weberror", (error) => this.#faults.push(`exception: ${error.error().stack}`));
    context.on("dialog", (dialog) => {
      this.#faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on("console", (message) => {
      if (/content.security.policy|trusted.?types/i.test(message.text())) this.#faults.push(message.text());
    });
    await context.exposeFunction("reportPolicyViolation", (what: string) => this.#faults.push(what));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const report = Reflect.get(window, "reportPolicyViolation") as (what: string) => void;
        report(`policy violation: ${event.violatedDirective} by ${event.blockedURI} in ${event.sourceFile}`);
      });
    });
  }

  /** Returns all faults so far. Checks the storage of all open pages. */
  async findings(): Promise<string[]> {
    const pages = this.#contexts.flatMap((context) => context.pages());
    const stored = await Promise.all(pages.map(storedTexts));
    const leaks = stored.flat().filter((text) => JWT.test(text));
    return [...this.#faults, ...leaks.map((text) => `a JWT is stored: ${text.slice(0, 80)}`)];
  }
}

/** Returns everything that the page has stored and its scripts can read, and the names of its databases and caches. */
export async function storedTexts(page: Page): Promise<string[]> {
  if (!page.url().startsWith("http")) return [];
  return page.evaluate(async () => {
    const stores = [localStorage, sessionStorage].flatMap((store) =>
      Object.entries(store).map(([name, value]) => `${name}=${String(value)}`),
    );
    const databases = (await indexedDB.databases()).map((database) => `indexedDB ${database.name}`);
    const caches_ = (await caches.keys()).map((name) => `cache ${name}`);
    return [...stores, ...document.cookie.split("; "), ...databases, ...caches_, location.href];
  });
}
