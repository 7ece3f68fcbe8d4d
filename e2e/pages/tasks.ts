/** Page object of the task list. web/README.md lists the names. */

import type { Locator, Page } from "@playwright/test";

export class TasksPage {
  readonly page: Page;
  readonly heading: Locator;
  readonly newTask: Locator;
  readonly addButton: Locator;
  readonly list: Locator;
  readonly items: Locator;

  constructor(page: Page) {
    this.page = page;
    this.heading = page.getByRole("heading", { name: "Tasks", level: 1 });
    this.newTask = page.getByRole("textbox", { name: "New task", exact: true });
    this.addButton = page.getByRole("button", { name: "Add task", exact: true });
    this.list = page.getByRole("list", { name: "Tasks", exact: true });
    this.items = this.list.getByRole("listitem");
  }

  checkbox(title: string): Locator {
    return this.list.getByRole("checkbox", { name: title, exact: true });
  }

  editButton(title: string): Locator {
    return this.page.getByRole("button", { name: `Edit ${title}`, exact: true });
  }

  deleteButton(title: string): Locator {
    return this.page.getByRole("button", { name: `Delete ${title}`, exact: true });
  }

  editForm(title: string): Locator {
    return this.page.getByRole("form", { name: `Edit ${title}`, exact: true });
  }

  /** Adds a task and waits for the response. */
  async add(title: string): Promise<void> {
    const saved = this.#responseTo("POST");
    await this.newTask.fill(title);
    await this.newTask.press("Enter");
    await saved;
  }

  /** Clicks the task's checkbox and waits for the response. */
  async toggle(title: string): Promise<void> {
    const saved = this.#responseTo("PATCH");
    await this.checkbox(title).click();
    await saved;
  }

  /** Deletes a task and waits for the response. */
  async remove(title: string): Promise<void> {
    const saved = this.#responseTo("DELETE");
    await this.deleteButton(title).click();
    await saved;
  }

  async #responseTo(method: string): Promise<void> {
    await this.page.waitForResponse(
      (response) =>
        response.request().method() === method && response.ok() && response.url().includes("/tasks"),
    );
  }
}
