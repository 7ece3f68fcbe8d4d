/**
 * The HTTP server: timeouts and graceful shutdown.
 *
 * Invariant: no client can keep a request or delay the shutdown for longer than the timeouts below.
 */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { ListenAddress } from "./address.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the proxy's idle timeout, so that the proxy does not send a request on a connection that is closing. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;
const MAX_CONNECTIONS = 1_024;
const DRAIN_TIMEOUT_MS = 5_000;

export interface RunningServer {
  /** The address with the actual port. */
  readonly address: string;
  /** Stops accepting connections, waits for running requests, and closes their connections after a timeout. */
  stop(): Promise<void>;
}

/** Rejects if the address cannot be bound. */
export async function serve(app: Hono, listen: ListenAddress): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  server.on("request", (_request, response) => {
    response.once("close", () => {
      // `close` closes only connections that are idle at that time. This closes those that become idle later.
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { address, family, port } = server.address() as AddressInfo;
  return {
    address: family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`,
    stop: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(deadline);
}
