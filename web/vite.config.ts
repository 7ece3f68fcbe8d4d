/**
 * How the app is built and served while developing. The output must run under a strict content security policy: nothing inline, no `data:`
 * scripts, every asset a file with a hashed name.
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
      // The licences of what is bundled travel with it.
      license: { fileName: "licenses.json" },
    },
    server: {
      proxy: {
        "/api": {
          target: taskward,
          // Better Auth compares the Origin of a request with the address it was set up for.
          headers: { origin: taskward },
          changeOrigin: true,
        },
      },
    },
  };
});
