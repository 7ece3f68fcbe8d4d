/**
 * The HTTP server around the routes: where it listens, how long it waits, how it stops.
 *
 * Invariant: no client can hold a connection or a stop for longer than the limits below.
 */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { ListenAddress } from "./address.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the proxy in front keeps an idle connection, so that it never sends into one that is closing. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;
const MOST_CONNECTIONS = 1_024;
const DRAIN_MS = 5_000;

export interface RunningServer {
  /** The address in use, with the port the system chose where 0 was asked for. */
  readonly address: string;
  /** Takes no new request, lets the running ones end, and cuts off those that do not within a few seconds. */
  stop(): Promise<void>;
}

/** Starts to listen; the promise fails if the address cannot be had. */
export async function serve(app: Hono, listen: ListenAddress): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
  }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  server.on("request", (_request, response) => {
    response.once("close", () => {
      // `close` ends the connections that are idle at that moment; this ends those that become idle afterwards.
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
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(deadline);
}
