/**
 * Vite plugin: fails the build when a first visit would load more script than the budget. Counted are all chunks, each gzipped alone,
 * as they travel.
 */
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

export function scriptBudget(maxBytes: number): Plugin {
  return {
    name: "taskward:script-budget",
    apply: "build",
    generateBundle(_, bundle) {
      let bytes = 0;
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") bytes += gzipSync(file.code, { level: 9 }).length;
      }
      const figure = `${(bytes / 1024).toFixed(1)} KB of gzipped script`;
      if (bytes > maxBytes) this.error(`The first load takes ${figure}; the budget is ${maxBytes / 1024} KB.`);
      this.info(`The first load takes ${figure}; the budget is ${maxBytes / 1024} KB.`);
    },
  };
}
