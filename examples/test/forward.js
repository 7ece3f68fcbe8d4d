/** Forwards `/api/users/*` of an app to Taskward, as the rewrite in Next.js does. */

import { request } from "node:http";

/**
 * @param {import("node:http").RequestListener} handler handles every other path
 * @param {string} taskward an origin
 * @returns {import("node:http").RequestListener}
 */
export function forward(handler, taskward) {
  return (incoming, response) => {
    const { method, headers, url = "" } = incoming;
    if (!url.startsWith("/api/users/")) return handler(incoming, response);
    const outgoing = request(`${taskward}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  };
}
