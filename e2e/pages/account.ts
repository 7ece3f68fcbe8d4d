/** Page object of the sign-up and sign-in pages. web/README.md lists the names. */

import type { Locator, Page } from "@playwright/test";
import type { Person } from "../stack/people.ts";

export class AccountPages {
  readonly page: Page;
  readonly name: Locator;
  readonly email: Locator;
  readonly password: Locator;
  readonly signInHeading: Locator;
  readonly signInButton: Locator;
  readonly createButton: Locator;
  readonly signOutButton: Locator;

  constructor(page: Page) {
    this.page = page;
    this.name = page.getByRole("textbox", { name: "Name", exact: true });
    this.email = page.getByRole("textbox", { name: "Email", exact: true });
    this.password = page.getByLabel("Password", { exact: true });
    this.signInHeading = page.getByRole("heading", { name: "Sign in", level: 1 });
    this.signInButton = page.getByRole("button", { name: "Sign in", exact: true });
    this.createButton = page.getByRole("button", { name: "Create account", exact: true });
    this.signOutButton = page.getByRole("button", { name: "Sign out", exact: true });
  }

  /** Opens the sign-up page. Requires that no user is signed in. */
  async signUp(person: Person): Promise<void> {
    await this.page.goto("/sign-up");
    await this.name.fill(person.name);
    await this.email.fill(person.email);
    await this.password.fill(person.password);
    await this.createButton.click();
  }

  /** Requires that the sign-in page is open. */
  async signIn(person: Pick<Person, "email" | "password">): Promise<void> {
    await this.email.fill(person.email);
    await this.password.fill(person.password);
    await this.signInButton.click();
  }
}
