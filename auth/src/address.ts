/**
 * Parses the listen address and the public origin.
 *
 * Invariant: the server listens on loopback only. It trusts the client address header of its client, so only the proxy
 * may connect to it.
 */

import { isIP } from "node:net";
import { SettingsError } from "./settings-error.ts";

export interface ListenAddress {
  readonly host: string;
  /** With 0, the operating system chooses the port. The chosen port is logged. */
  readonly port: number;
}

/** Parses `host:port`, where host is a loopback address. */
export function parseListen(name: string, value: string): ListenAddress {
  const parts = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(value);
  const host = parts?.[1]?.replace(/^\[|\]$/g, "");
  const port = Number(parts?.[2]);
  if (host === undefined || !(port <= 65_535)) {
    throw new SettingsError(`${name} is not an address. Use host:port, for example 127.0.0.1:8081.`);
  }
  if (!isLoopback(host)) {
    throw new SettingsError(
      `${name} is ${host}, which is not a loopback address. Use 127.0.0.1 or [::1]: only the proxy may connect to this server.`,
    );
  }
  return { host, port };
}

/** Parses an http(s) origin and returns it in the serialization of the URL standard. */
export function parseOrigin(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new SettingsError(
      `${name} is not an http or https origin. Use for example https://tasks.example.org.`,
    );
  }
  // Tests the text, because the parser drops an empty query, fragment and user info.
  if (url.pathname !== "/" || /[?#@]/.test(value)) {
    throw new SettingsError(
      `${name} must be an origin alone, without path, query, fragment or user. Use ${url.origin}.`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw new SettingsError(
      `${name} is plain http on another host, so passwords and cookies would be sent unencrypted. Use https.`,
    );
  }
  return url.origin;
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return isIP(host) === 4 ? host.startsWith("127.") : host === "::1";
}
