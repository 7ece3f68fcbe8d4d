/** Malicious input: task text, redirect targets, injected scripts. */

import { FaultWatch } from "../stack/fault-watch.ts";
import { expect, test } from "../stack/fixtures.ts";

const HOSTILE = [
  `<img src=x onerror="document.title='taken over'">`,
  `<script>document.title='taken over'</script>`,
  `"><svg onload="document.title='taken over'">`,
  `javascript:document.title='taken over'`,
  "{{constructor.constructor('document.title=1')()}}",
  "&lt;b&gt; stays as typed &amp;",
  "‮turned around‬",
  "https://evil.example/",
  "x".repeat(255),
];

test("SEC-86: hostile titles and descriptions stay inert", async ({ alice: _, tasks, page }) => {
  for (const title of HOSTILE) await tasks.add(title);
  await page.reload();
  for (const title of HOSTILE) await expect(tasks.checkbox(title)).toBeVisible();

  const [first] = HOSTILE;
  await tasks.editButton(first ?? "").click();
  const form = tasks.editForm(first ?? "");
  await form.getByRole("textbox", { name: "Description" }).fill(HOSTILE.slice(0, 4).join("\n"));
  await form.getByRole("button", { name: "Save" }).click();
  await expect(tasks.items.filter({ hasText: "taken over" }).last()).toContainText("<script>");
  await tasks.remove(first ?? "");
  await expect(page.getByRole("region", { name: "Notifications" })).toContainText(`Deleted “${first}”.`);

  await expect(page).toHaveTitle("Tasks · Taskward");
  const injected = tasks.list.locator("img, script, iframe, object, a[href], [onerror], [onload]");
  await expect(injected).toHaveCount(0);
});

test("return_to never redirects to another site after signing in", async ({
  alice,
  account,
  tasks,
  page,
  taskward,
}) => {
  for (const target of [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "javascript:alert(1)",
  ]) {
    await account.signOutButton.click();
    await expect(account.signInHeading).toBeVisible();
    await page.goto(`/sign-in?return_to=${encodeURIComponent(target)}`);
    await account.signIn(alice);
    await expect(tasks.heading).toBeVisible();
    expect(new URL(page.url()).origin).toBe(taskward.origin);
  }
});

test("SEC-86: an injected script does not run, and FaultWatch reports it", async ({ browser, taskward }) => {
  const context = await browser.newContext({ baseURL: taskward.origin });
  const faults = new FaultWatch();
  await faults.watch(context);
  const page = await context.newPage();
  await page.route("**/sign-in", async (route) => {
    const response = await route.fetch();
    const injected = "<script>document.documentElement.dataset.ran='yes'</script></head>";
    await route.fulfill({ response, body: (await response.text()).replace("</head>", injected) });
  });
  await page.goto("/sign-in");
  await expect(page).toHaveTitle("Sign in · Taskward");
  await expect(page.locator("html[data-ran]")).toHaveCount(0);
  await expect
    .poll(() => faults.findings())
    .toContainEqual(expect.stringMatching(/^policy violation: script-src/));
  await context.close();
});
