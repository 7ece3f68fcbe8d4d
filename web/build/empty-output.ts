/**
 * Vite plugin: empties the output folder but for its dot files. The folder itself is part of every checkout, kept there by a
 * `.gitignore`, because the server's build watches it; Vite's own emptying would delete that.
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
    // Before Vite copies what is in `public`.
    async buildStart() {
      const names = await readdir(outDir).catch(() => []);
      const built = names.filter((name) => !name.startsWith("."));
      await Promise.all(built.map((name) => rm(join(outDir, name), { recursive: true })));
    },
  };
}
