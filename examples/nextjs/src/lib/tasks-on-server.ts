import "server-only";
import { auth } from "@/lib/auth";
import type { Task } from "@/lib/task";

const taskward = process.env.TASKWARD_URL ?? "http://127.0.0.1:4000";

/** The newest tasks of the signed-in user, directly from Taskward. */
export async function listTasks(headers: Headers): Promise<Task[]> {
  const { token } = await auth.api.getToken({ headers });
  const response = await fetch(`${taskward}/api/users/me/tasks`, {
    headers: { authorization: `Bearer ${token}` },
    cache: "no-store",
  });
  if (!response.ok) throw new Error(`Taskward answered ${response.status}: ${await response.text()}`);
  return response.json();
}
