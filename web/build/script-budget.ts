/**
 * Vite plugin: fails the build if the gzipped size of all script chunks exceeds the budget. Each chunk is compressed separately.
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
      const size = `The gzipped script is ${(bytes / 1024).toFixed(1)} KB; the budget is ${maxBytes / 1024} KB.`;
      if (bytes > maxBytes) this.error(size);
      this.info(size);
    },
  };
}
