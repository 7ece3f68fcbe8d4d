/** Keyboard operation and focus. */

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson } from "../stack/people.ts";

test("sign up, manage tasks and sign out with the keyboard alone", async ({ page, account, tasks }) => {
  const alice = newPerson();
  await page.goto("/sign-up");
  await tabTo(page, account.name);
  await page.keyboard.type(alice.name);
  await tabTo(page, account.email);
  await page.keyboard.type(alice.email);
  await tabTo(page, account.password);
  await page.keyboard.type(alice.password);
  await page.keyboard.press("Enter");
  await expect(tasks.heading).toBeVisible();

  await tabTo(page, tasks.newTask);
  for (const title of ["First", "Second"]) {
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
    await expect(tasks.checkbox(title)).toBeVisible();
    await expect(tasks.newTask).toBeFocused();
  }

  await tabTo(page, tasks.checkbox("Second"));
  await page.keyboard.press("Space");
  await expect(tasks.checkbox("Second")).toBeChecked();

  await tabTo(page, tasks.editButton("First"));
  await page.keyboard.press("Enter");
  const form = tasks.editForm("First");
  await expect(form.getByRole("textbox", { name: "Title" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(form).toBeHidden();
  await expect(tasks.editButton("First")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("First, renamed");
  await page.keyboard.press("Enter");
  await expect(tasks.checkbox("First, renamed")).toBeVisible();

  await tabTo(page, tasks.deleteButton("Second"));
  await page.keyboard.press("Enter");
  await expect(tasks.checkbox("Second")).toBeHidden();
  await expect(page.locator(":focus"), "an element has the focus").toHaveCount(1);
  await page.keyboard.press("u");
  await expect(tasks.checkbox("Second")).toBeVisible();

  await tabTo(page, account.signOutButton);
  await page.keyboard.press("Enter");
  await expect(account.signInHeading).toBeVisible();
});

test("the skip link comes first in tab order, and ? opens the shortcuts dialog", async ({
  alice: _,
  page,
  tasks,
}) => {
  await page.goto("/tasks");
  await expect(tasks.heading).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();

  await page.keyboard.press("n");
  await expect(tasks.newTask).toBeFocused();
  await page.keyboard.type("n and ? are letters here");
  await expect(tasks.newTask).toHaveValue("n and ? are letters here");

  await tabTo(page, page.getByRole("button", { name: "Keyboard shortcuts" }));
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

/** Presses Tab until the target has the focus. Fails after 60 presses. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stops = 0; stops < 60; stops += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target, "reachable with Tab").toBeFocused();
}
