/**
 * The two kinds of address in the settings: where this server listens, and the public origin people see.
 *
 * Invariant: this server is reachable from its own machine only, and plain HTTP never leaves it. Whoever reaches it
 * directly could claim any client address, so only the proxy in front may.
 */

import { isIP } from "node:net";
import { SettingsError } from "./settings-error.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose; the chosen one is logged. */
  readonly port: number;
}

/** Reads `host:port` where host is a loopback address. */
export function parseListen(name: string, value: string): ListenAddress {
  const parts = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(value);
  const host = parts?.[1]?.replace(/^\[|\]$/g, "");
  const port = Number(parts?.[2]);
  if (host === undefined || !(port <= 65_535)) {
    throw new SettingsError(`${name} is not an address. Write host:port, for example 127.0.0.1:8081.`);
  }
  if (!isLoopback(host)) {
    throw new SettingsError(
      `${name} names ${host}, which is not a loopback address. Use 127.0.0.1 or [::1]: the proxy in front is this server's only client.`,
    );
  }
  return { host, port };
}

/** Reads an http(s) origin and returns it as browsers write it. */
export function parseOrigin(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new SettingsError(
      `${name} is not an http or https origin. Write for example https://tasks.example.org.`,
    );
  }
  // Compared with the text, because the parser drops an empty query, an empty fragment and empty user info.
  if (url.pathname !== "/" || /[?#@]/.test(value)) {
    throw new SettingsError(
      `${name} must be an origin alone: no path, query, fragment or user. Write ${url.origin}.`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw new SettingsError(
      `${name} is plain http on a host that is not this machine, so passwords and cookies would travel in clear. Use https.`,
    );
  }
  return url.origin;
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return isIP(host) === 4 ? host.startsWith("127.") : host === "::1";
}
