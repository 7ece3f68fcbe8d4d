/**
 * The only module that sends requests to the API. Requests are typed by the generated schema.
 *
 * Invariants: a client sends only the tokens of its own user, and only to `origin`; after a 401 the token is renewed and the
 * request repeated, once.
 */
import createClient, { type Client } from "openapi-fetch";
import type { Session } from "#shared/session/session.ts";
import { ApiProblem, ApiUnreachable } from "./failures.ts";
import type { paths } from "./schema.ts";
import type { Problem } from "./task.ts";

export type Api = Client<paths>;

const REQUEST_TIMEOUT_MS = 20_000;

export function createApi(session: Pick<Session, "token">, userId: string, origin: string): Api {
  async function send(request: Request, jwt: string): Promise<Response> {
    request.headers.set("authorization", `Bearer ${jwt}`);
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    try {
      return await fetch(request, { signal, credentials: "omit" });
    } catch (cause) {
      // TanStack Query must see an aborted query as aborted, not as failed.
      if (request.signal.aborted) throw cause;
      throw new ApiUnreachable({ cause });
    }
  }
  return createClient<paths>({
    baseUrl: origin,
    async fetch(request) {
      const copy = request.clone();
      const jwt = await session.token(userId);
      const response = await send(request, jwt);
      if (response.status !== 401) return response;
      return send(copy, await session.token(userId, jwt));
    },
  });
}

type Outcome<T> = { readonly data?: T; readonly error?: unknown; readonly response: Response };

/** Returns the body of a successful response. Throws `ApiProblem` for any other status. */
export function bodyOf<T>(outcome: Outcome<T>): NonNullable<T> {
  const { data, error, response } = outcome;
  if (!response.ok) throw new ApiProblem(response, asProblem(error));
  if (data === undefined || data === null) throw new ApiProblem(response, undefined);
  return data;
}

/** For responses without a body. Throws `ApiProblem` unless the status is a success. */
export function ensureOk({ error, response }: Outcome<unknown>): void {
  if (!response.ok) throw new ApiProblem(response, asProblem(error));
}

/** A proxy may respond with text or HTML, which is not a problem document. */
function asProblem(error: unknown): Partial<Problem> | undefined {
  return typeof error === "object" && error !== null ? error : undefined;
}
