/** Launch options for Chromium. */

import { existsSync } from "node:fs";
import type { LaunchOptions } from "@playwright/test";

const DEBIAN = "/usr/bin/chromium";

/** Uses `TASKWARD_CHROMIUM`, otherwise Debian's Chromium, otherwise Playwright's. */
export function launchOptions(): LaunchOptions {
  const configured = process.env["TASKWARD_CHROMIUM"];
  const executablePath = configured || (existsSync(DEBIAN) ? DEBIAN : undefined);
  return { args: switches(), ...(executablePath === undefined ? {} : { executablePath }) };
}

function switches(): string[] {
  // The tests must not depend on a network, so turn off Chromium's background requests.
  const offline = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
  ];
  // Chromium does not start as root with its sandbox.
  return process.getuid?.() === 0 ? ["--no-sandbox", ...offline] : offline;
}
