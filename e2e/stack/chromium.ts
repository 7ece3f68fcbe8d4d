/** Which Chromium to drive, and with which switches. */

import { existsSync } from "node:fs";
import type { LaunchOptions } from "@playwright/test";

const DEBIAN = "/usr/bin/chromium";

/** The browser that `TASKWARD_CHROMIUM` names, else Debian's, else the one Playwright installed. */
export function launchOptions(): LaunchOptions {
  const named = process.env["TASKWARD_CHROMIUM"];
  const executablePath = named || (existsSync(DEBIAN) ? DEBIAN : undefined);
  return { args: switches(), ...(executablePath === undefined ? {} : { executablePath }) };
}

function switches(): string[] {
  // No machine that these tests may run on has a network that the browser should look for.
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
  ];
  // Chromium refuses its sandbox to root; everybody else keeps it.
  return process.getuid?.() === 0 ? ["--no-sandbox", ...quiet] : quiet;
}
