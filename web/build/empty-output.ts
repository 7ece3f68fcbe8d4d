/**
 * Vite plugin: deletes everything in the output folder except dot files. Vite's `emptyOutDir` would also delete the
 * `.gitignore` that keeps the folder in the repository; the server's build script needs the folder.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

export function emptyOutput(): Plugin {
  let outDir = "";
  return {
    name: "taskward:empty-output",
    apply: "build",
    config: () => ({ build: { emptyOutDir: false } }),
    configResolved(config) {
      outDir = config.build.outDir;
    },
    // Runs before Vite copies `public`.
    async buildStart() {
      const names = await readdir(outDir).catch(() => []);
      const built = names.filter((name) => !name.startsWith("."));
      await Promise.all(built.map((name) => rm(join(outDir, name), { recursive: true })));
    },
  };
}
