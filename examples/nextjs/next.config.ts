import type { NextConfig } from "next";

// Next.js reads this during `next build`. `next start` does not read it again.
const taskward = process.env.TASKWARD_URL ?? "http://127.0.0.1:4000";

const config: NextConfig = {
  // A driver with native code, which cannot be bundled.
  serverExternalPackages: ["libsql"],
  // This directory is no part of a larger npm project.
  turbopack: { root: import.meta.dirname },
  // Next.js would hold back the events of Taskward to compress them.
  compress: false,
  rewrites: async () => [{ source: "/api/users/:path*", destination: `${taskward}/api/users/:path*` }],
};

export default config;
