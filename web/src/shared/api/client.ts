/**
 * The only `fetch` to the API, typed by the generated schema.
 *
 * Invariants: a client works for one user and never carries another's token; a 401 is answered by one renewal and one
 * repetition, not more; the token goes to this origin's API only.
 */
import createClient, { type Client } from "openapi-fetch";
import type { Session } from "#shared/session/session.ts";
import { ApiProblem, ApiUnreachable } from "./failures.ts";
import type { paths } from "./schema.ts";
import type { Problem } from "./task.ts";

export type Api = Client<paths>;

const ANSWER_WITHIN_MS = 20_000;

/** The API at `origin`, as `userId`. */
export function createApi(session: Pick<Session, "token">, userId: string, origin: string): Api {
  async function send(request: Request, jwt: string): Promise<Response> {
    request.headers.set("authorization", `Bearer ${jwt}`);
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    try {
      return await fetch(request, { signal, credentials: "omit" });
    } catch (cause) {
      // A query that was cancelled on purpose must look cancelled.
      if (request.signal.aborted) throw cause;
      throw new ApiUnreachable({ cause });
    }
  }
  return createClient<paths>({
    baseUrl: origin,
    async fetch(request) {
      const again = request.clone();
      const jwt = await session.token(userId);
      const answer = await send(request, jwt);
      if (answer.status !== 401) return answer;
      return send(again, await session.token(userId, jwt));
    },
  });
}

type Outcome<T> = { readonly data?: T; readonly error?: unknown; readonly response: Response };

/** The value of a successful answer; throws `ApiProblem` for any other. */
export function bodyOf<T>(outcome: Outcome<T>): NonNullable<T> {
  const { data, error, response } = outcome;
  if (!response.ok) throw new ApiProblem(response, asProblem(error));
  if (data === undefined || data === null) throw new ApiProblem(response, undefined);
  return data;
}

/** For answers without a body. */
export function ensureOk({ error, response }: Outcome<unknown>): void {
  if (!response.ok) throw new ApiProblem(response, asProblem(error));
}

/** A proxy on the way may answer with text or HTML; only an object can be a problem document. */
function asProblem(error: unknown): Partial<Problem> | undefined {
  return typeof error === "object" && error !== null ? error : undefined;
}
