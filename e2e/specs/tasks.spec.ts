/** Normal use: accounts and tasks. */

import { chromium } from "@playwright/test";
import { AccountPages } from "../pages/account.ts";
import { TasksPage } from "../pages/tasks.ts";
import { launchOptions } from "../stack/chromium.ts";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson } from "../stack/people.ts";

test("sign up, add, edit, complete, delete, undo", async ({ alice: _, tasks, page }) => {
  await expect(page).toHaveTitle("Tasks · Taskward");
  await expect(page.getByRole("heading", { name: "Nothing here yet", level: 2 })).toBeVisible();

  await tasks.add("Buy milk");
  await tasks.add("Water the plants");
  await expect(tasks.items).toHaveCount(2);
  await expect(tasks.items.first()).toContainText("Water the plants");

  await tasks.editButton("Buy milk").click();
  const form = tasks.editForm("Buy milk");
  await form.getByRole("textbox", { name: "Title" }).fill("Buy oat milk");
  await form.getByRole("textbox", { name: "Description" }).fill("Two litres");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(tasks.checkbox("Buy oat milk")).toBeVisible();
  await expect(tasks.items.filter({ hasText: "Buy oat milk" })).toContainText("Two litres");

  await tasks.toggle("Buy oat milk");
  await expect(tasks.checkbox("Buy oat milk")).toBeChecked();
  await page.getByRole("navigation", { name: "Filter tasks" }).getByRole("link", { name: "Active" }).click();
  await expect(page).toHaveURL("/tasks?filter=active");
  await expect(tasks.items).toHaveCount(1);
  await expect(tasks.checkbox("Water the plants")).toBeVisible();

  await page.getByRole("navigation", { name: "Filter tasks" }).getByRole("link", { name: "All" }).click();
  await tasks.remove("Water the plants");
  await expect(tasks.checkbox("Water the plants")).toBeHidden();
  const notifications = page.getByRole("region", { name: "Notifications" });
  await expect(notifications).toContainText("Deleted “Water the plants”.");
  await notifications.getByRole("button", { name: "Undo" }).click();
  await expect(tasks.checkbox("Water the plants")).toBeVisible();

  await page.reload();
  await expect(tasks.checkbox("Water the plants")).toBeVisible();
  await expect(tasks.checkbox("Buy oat milk")).toBeChecked();
});

test("a reload keeps the session, signing out ends it, signing in shows the tasks again", async ({
  alice,
  account,
  tasks,
  page,
}) => {
  await tasks.add("Call the dentist");
  await page.reload();
  await expect(tasks.checkbox("Call the dentist")).toBeVisible();

  await account.signOutButton.click();
  await expect(account.signInHeading).toBeVisible();
  await page.goto("/tasks");
  await expect(account.signInHeading).toBeVisible();
  await page.goBack();
  await expect(page.getByText("Call the dentist")).toBeHidden();

  await page.goto("/sign-in");
  await account.signIn(alice);
  await expect(tasks.checkbox("Call the dentist")).toBeVisible();
});

test("the session survives a restart of the browser", async ({ taskward }, testInfo) => {
  const profile = testInfo.outputPath("profile");
  const options = { ...launchOptions(), baseURL: taskward.origin };
  const first = await chromium.launchPersistentContext(profile, options);
  const [page = await first.newPage()] = first.pages();
  await new AccountPages(page).signUp(newPerson());
  await new TasksPage(page).add("Remember me");
  await first.close();

  const second = await chromium.launchPersistentContext(profile, options);
  const [reopened = await second.newPage()] = second.pages();
  await reopened.goto("/");
  await expect(new TasksPage(reopened).checkbox("Remember me")).toBeVisible();
  await second.close();
});

test("a second user sees no data of the first, even in the same browser", async ({
  alice: _,
  account,
  tasks,
  page,
  taskward,
  newBrowser,
}) => {
  await tasks.add("Alice’s secret plan");

  const bobsPage = await newBrowser(taskward.origin);
  await new AccountPages(bobsPage).signUp(newPerson("Bob"));
  const bobsTasks = new TasksPage(bobsPage);
  await expect(bobsPage.getByRole("heading", { name: "Nothing here yet" })).toBeVisible();
  await bobsTasks.add("Bob’s own");
  await expect(bobsTasks.items).toHaveCount(1);

  await tasks.newTask.fill("unsent text of Alice");
  await account.signOutButton.click();
  await expect(account.signInHeading).toBeVisible();
  await account.signUp(newPerson("Carol"));
  await expect(page.getByRole("heading", { name: "Nothing here yet" })).toBeVisible();
  await expect(page.getByText("Alice")).toHaveCount(0);
  await expect(tasks.newTask).toHaveValue("");
});

test("a wrong password and a registered email address show an error", async ({ alice, account, page }) => {
  await account.signOutButton.click();
  await expect(account.signInHeading).toBeVisible();
  await account.signIn({ email: alice.email, password: "not the password" });
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(account.signInHeading).toBeVisible();

  await account.signUp(alice);
  await expect(account.email).toHaveAttribute("aria-invalid", "true");
  await expect(account.email).toHaveAccessibleDescription(/account with this email already exists/);
});
