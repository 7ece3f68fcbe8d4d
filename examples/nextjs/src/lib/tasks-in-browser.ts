import { authClient } from "@/lib/auth-client";
import type { Task } from "@/lib/task";

// In memory only: a script that reads localStorage could use the token elsewhere.
let token: string | undefined;

export async function createTask(title: string): Promise<void> {
  await request("POST", "", { title });
}

export async function setCompleted(task: Task, completed: boolean): Promise<void> {
  await request("PATCH", `/${task.id}/complete`, { completed });
}

export async function deleteTask(task: Task): Promise<void> {
  await request("DELETE", `/${task.id}`);
}

export async function signOut(): Promise<void> {
  token = undefined;
  await authClient.signOut();
}

/** Calls the API through the rewrite in next.config.ts. */
async function request(method: string, path: string, body?: object): Promise<void> {
  token ??= await fetchToken();
  let response = await send(token, method, path, body);
  if (response.status === 401) {
    // The token has expired.
    token = await fetchToken();
    response = await send(token, method, path, body);
  }
  if (!response.ok) {
    const problem: { detail: string } = await response.json();
    throw new Error(problem.detail);
  }
}

async function fetchToken(): Promise<string> {
  const { data, error } = await authClient.token();
  if (error !== null) throw new Error(error.message ?? "Sign in again.");
  return data.token;
}

function send(bearer: string, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`/api/users/me/tasks${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
}
