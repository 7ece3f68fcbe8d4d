/**
 * Vite plugin: writes the committed `.gitignore` to the output folder, so that the folder exists in every checkout. The
 * server's build script needs it even if the web app was never built.
 */
import type { Plugin } from "vite";

const GITIGNORE =
  "# The server embeds this folder, so it must exist in every checkout. Build output is not committed.\n*\n!.gitignore\n";

export function keepFolder(): Plugin {
  return {
    name: "taskward:keep-folder",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: ".gitignore", source: GITIGNORE });
    },
  };
}
