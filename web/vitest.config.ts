/**
 * How tests run: in Node by default, with a DOM where a file asks for one. Nothing of the app is replaced; servers are real ones
 * on free ports.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Generous, because a busy machine is slow and not wrong.
    testTimeout: 30_000,
    // A page and an API on different ports are one origin in production.
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
  },
});
