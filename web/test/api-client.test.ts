/**
 * Tests of the API client against a real HTTP server.
 */
import { expect, test } from "vitest";
import { bodyOf, createApi } from "#shared/api/client.ts";
import { ApiProblem, ApiUnreachable, describeFailure, isTransient } from "#shared/api/failures.ts";
import { listen, readJson, respond } from "./servers/listen.ts";

const TASK_ID = "01935a6e-0000-7000-8000-000000000000";

/** Returns `token-1`, and the next token whenever the current one is rejected. */
function countingSession() {
  let serial = 1;
  const calls: (string | undefined)[] = [];
  return {
    calls,
    async token(_userId: string, rejected?: string) {
      calls.push(rejected);
      if (rejected === `token-${serial}`) serial += 1;
      return `token-${serial}`;
    },
  };
}

function createTask(api: ReturnType<typeof createApi>) {
  return api.POST("/api/users/{user_id}/tasks", {
    params: { path: { user_id: "alice-id" } },
    body: { id: TASK_ID, title: "Buy milk" },
  });
}

test("a request has the user's token and no cookie", async () => {
  let seen = {};
  const origin = await listen((request, response) => {
    const { authorization, cookie } = request.headers;
    seen = { path: request.url, authorization, cookie };
    respond(response, 200, []);
  });
  const api = createApi(countingSession(), "alice-id", origin);
  await api.GET("/api/users/{user_id}/tasks", { params: { path: { user_id: "a/b c" } } });
  expect(seen).toEqual({ path: "/api/users/a%2Fb%20c/tasks", authorization: "Bearer token-1", cookie: undefined });
});

test("after a 401 the token is renewed once and the request is repeated with its body", async () => {
  const bodies: unknown[] = [];
  const origin = await listen(async (request, response) => {
    bodies.push(await readJson(request));
    if (request.headers.authorization === "Bearer token-1") respond(response, 401, { code: "token_expired" });
    else respond(response, 201, { id: TASK_ID });
  });
  const session = countingSession();
  const outcome = await createTask(createApi(session, "alice-id", origin));
  expect(bodyOf(outcome)).toEqual({ id: TASK_ID });
  expect(bodies).toEqual([
    { id: TASK_ID, title: "Buy milk" },
    { id: TASK_ID, title: "Buy milk" },
  ]);
  expect(session.calls).toEqual([undefined, "token-1"]);
});

test("after a second 401 the request is not repeated again", async () => {
  let requests = 0;
  const origin = await listen((_, response) => {
    requests += 1;
    respond(response, 401, { code: "token_invalid" });
  });
  const outcome = await createTask(createApi(countingSession(), "alice-id", origin));
  expect(() => bodyOf(outcome)).toThrow(ApiProblem);
  expect(requests).toBe(2);
});

test("field errors are grouped by field and formatted as sentences", async () => {
  const errors = [
    { pointer: "/title", code: "too_long", detail: "must have at most 255 characters" },
    { pointer: "/title", code: "control_character", detail: "must have no control characters" },
    { pointer: "/description", code: "too_long", detail: "must have at most 1000 characters" },
  ];
  const origin = await listen((_, response) => respond(response, 422, { status: 422, errors }));
  const outcome = await createTask(createApi(countingSession(), "alice-id", origin));
  const problem = new ApiProblem(outcome.response, outcome.error);
  expect([...problem.fields]).toEqual([
    ["title", "Must have at most 255 characters."],
    ["description", "Must have at most 1000 characters."],
  ]);
});

test("an error response that is not a problem document is an ApiProblem", async () => {
  const origin = await listen((_, response) => {
    response.writeHead(502, { "content-type": "text/html" });
    response.end("<h1>Bad gateway</h1>");
  });
  const outcome = await createTask(createApi(countingSession(), "alice-id", origin));
  expect(() => bodyOf(outcome)).toThrow(ApiProblem);
});

test("a server that does not respond is unreachable, which is a transient failure", async () => {
  const origin = await listen((request) => void request.socket.destroy());
  const failure = await createTask(createApi(countingSession(), "alice-id", origin)).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ApiUnreachable);
  expect(isTransient(failure)).toBe(true);
  expect(describeFailure(failure)).toBe("Taskward can’t be reached.");
});

test("the description of a 429 contains the retry delay", async () => {
  const origin = await listen((_, response) => respond(response, 429, {}, { "retry-after": "120" }));
  const { response, error } = await createTask(createApi(countingSession(), "alice-id", origin));
  expect(describeFailure(new ApiProblem(response, error))).toBe("Too many requests. Try again in 2 minutes.");
});
