/**
 * Writes `.gitignore` into the output, as it is in every checkout: the server's build embeds the folder and watches it, so it has to exist
 * before anything was ever built.
 */
import type { Plugin } from "vite";

const GITIGNORE =
  "# The server embeds this folder, so it exists in every checkout; what is built into it is not committed.\n*\n!.gitignore\n";

export function keepFolder(): Plugin {
  return {
    name: "keep-folder",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: ".gitignore", source: GITIGNORE });
    },
  };
}
