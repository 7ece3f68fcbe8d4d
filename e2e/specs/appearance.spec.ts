/** Layout and accessibility of every page. Writes screenshots for manual review. */

import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page, TestInfo } from "@playwright/test";
import { expect, test } from "../stack/fixtures.ts";

const WIDTHS = [320, 375, 768, 1024, 1440, 1920];
/** One theme for each layout is enough, because colours do not depend on the width. */
const SCREENSHOTS = [
  { width: 320, colorScheme: "dark" },
  { width: 1440, colorScheme: "light" },
] as const;

test("the account pages fit from 320 to 1920 pixels and have no accessibility violation", async ({
  page,
}, info) => {
  for (const name of ["sign-in", "sign-up"]) {
    await page.goto(`/${name}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await checkPage(page, name, info);
  }
});

test("the task list fits from 320 to 1920 pixels and has no accessibility violation", async ({
  alice: _,
  page,
  tasks,
}, info) => {
  await checkPage(page, "tasks-empty", info);

  for (const title of [
    "Renew the passport before the summer, and ask whether the old photograph is still good enough",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch".repeat(3),
    "Buy milk",
  ]) {
    await tasks.add(title);
  }
  await tasks.toggle("Buy milk");
  await checkPage(page, "tasks", info);
});

test("editing and the dialog fit from 320 to 1920 pixels and have no accessibility violation", async ({
  alice: _,
  page,
  tasks,
}, info) => {
  await tasks.add("Buy milk");
  await tasks.editButton("Buy milk").click();
  await expect(tasks.editForm("Buy milk")).toBeVisible();
  await checkPage(page, "tasks-editing", info);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await checkPage(page, "shortcuts", info);
});

async function checkPage(page: Page, name: string, info: TestInfo): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    // Poll, because the layout updates asynchronously after a resize.
    await expect.poll(() => findOverflow(page), `${name} fits ${width} pixels`).toEqual([]);
  }
  for (const { width, colorScheme } of SCREENSHOTS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const path = join(info.project.outputDir, "screens", `${name}-${width}-${colorScheme}.png`);
    await page.screenshot({ path, animations: "disabled" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const messages = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`,
    );
    expect(messages, `${name} at ${width} pixels, ${colorScheme}`).toEqual([]);
  }
}

/** Describes the elements that cause horizontal scrolling. Empty if the page does not scroll horizontally. */
async function findOverflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    return [
      `${scrollWidth - clientWidth} pixels too wide`,
      ...wide.map((element) => element.outerHTML.slice(0, 200)),
    ];
  });
}
