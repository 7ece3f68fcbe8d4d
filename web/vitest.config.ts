/**
 * Test configuration. Tests run in Node; a file that needs a DOM sets `@vitest-environment`.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Long enough for a machine under load.
    testTimeout: 30_000,
    // In tests the page and the API have different ports; in production they have the same origin.
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
  },
});
