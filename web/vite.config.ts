/**
 * Build and development server configuration.
 *
 * Invariant: the output works under a strict content security policy, so it has no inline code and no `data:` URLs.
 */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { emptyOutput } from "./build/empty-output.ts";
import { keepFolder } from "./build/keep-folder.ts";
import { precompress } from "./build/precompress.ts";
import { scriptBudget } from "./build/script-budget.ts";

const FIRST_LOAD_MAX_BYTES = 150 * 1024;

export default defineConfig(() => {
  const taskward = process.env["TASKWARD_ORIGIN"] ?? "http://localhost:8080";
  return {
    plugins: [react(), tailwindcss(), emptyOutput(), scriptBudget(FIRST_LOAD_MAX_BYTES), precompress(), keepFolder()],
    build: {
      target: "es2023",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // The bundle must contain the licences of its dependencies.
      license: { fileName: "licenses.json" },
    },
    server: {
      proxy: {
        "/api": {
          target: taskward,
          // Better Auth rejects requests whose Origin is not its configured base URL.
          headers: { origin: taskward },
          changeOrigin: true,
        },
      },
    },
  };
});
