/** Server outages. Acknowledged writes must not be lost. */

import { AccountPages } from "../pages/account.ts";
import { TasksPage } from "../pages/tasks.ts";
import { expect, test } from "../stack/fixtures.ts";
import { newPerson } from "../stack/people.ts";

test("a task added while the server is down is kept, shown as not saved, and can be sent when it is up again", async ({
  ownTaskward,
  newBrowser,
}) => {
  const taskward = await ownTaskward();
  const page = await newBrowser(taskward.origin);
  await new AccountPages(page).signUp(newPerson());
  const tasks = new TasksPage(page);
  await tasks.add("Before");

  await taskward.stop();
  await tasks.newTask.fill("Meanwhile");
  await tasks.newTask.press("Enter");
  const unsaved = page.getByRole("listitem").filter({ hasText: "Meanwhile" });
  await expect(unsaved).toContainText("Not saved");
  await expect(tasks.checkbox("Before")).toBeVisible();

  await taskward.start();
  await page.getByRole("button", { name: "Try again: Meanwhile" }).click();
  await expect(tasks.checkbox("Meanwhile")).toBeVisible();
  await expect(page.getByText("Not saved")).toHaveCount(0);

  await page.reload();
  await expect(tasks.items).toHaveCount(2);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`tasks and session survive ${signal} of the server`, async ({ ownTaskward, newBrowser }) => {
    const taskward = await ownTaskward();
    const page = await newBrowser(taskward.origin);
    await new AccountPages(page).signUp(newPerson());
    const tasks = new TasksPage(page);
    await tasks.add("Survives");

    await taskward.stop(signal);
    await taskward.start();
    await page.reload();
    await expect(tasks.checkbox("Survives")).toBeVisible();
    await tasks.toggle("Survives");
    await page.reload();
    await expect(tasks.checkbox("Survives")).toBeChecked();
  });
}
