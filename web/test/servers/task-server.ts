/**
 * A fake tasks API with fault injection. It implements the part of the API that the app uses, in memory.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Task } from "#shared/api/task.ts";
import { readJson, respond } from "./listen.ts";
import { plainMembers } from "./plain-task.ts";

type Fault = number | "lost-response" | { readonly status: number; readonly errors: readonly unknown[] };

export class TaskServer {
  readonly tasks: Task[] = [];
  readonly deleted = new Map<string, Task>();
  readonly requests: string[] = [];
  readonly #faults: { readonly method: string; readonly fault: Fault }[] = [];

  /** Makes the next request with `method` fail. With `lost-response` the request is processed first. */
  failNext(method: string, fault: Fault): void {
    this.#faults.push({ method, fault });
  }

  add(title: string, change: Partial<Task> = {}): Task {
    const minute = this.tasks.length;
    const time = new Date(Date.UTC(2026, 10, 20, 10, minute)).toISOString();
    const task: Task = {
      id: `01935a6e-0000-7000-8000-${String(minute).padStart(12, "0")}`,
      user_id: "alice-id",
      title,
      description: null,
      completed: false,
      completed_at: null,
      created_at: time,
      updated_at: time,
      version: 1,
      ...plainMembers,
      ...change,
    };
    this.tasks.unshift(task);
    return task;
  }

  change(id: string, change: Partial<Task>): Task | undefined {
    const index = this.tasks.findIndex((task) => task.id === id);
    const task = this.tasks[index];
    if (task === undefined) return undefined;
    const changed = { ...task, ...change, version: task.version + 1 };
    this.tasks[index] = changed;
    return changed;
  }

  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? "";
    this.requests.push(`${method} ${request.url}`);
    const position = this.#faults.findIndex((candidate) => candidate.method === method);
    const fault = position === -1 ? null : (this.#faults.splice(position, 1)[0]?.fault ?? null);
    if (typeof fault === "number") return respond(response, fault, { status: fault });
    if (typeof fault === "object" && fault !== null) return respond(response, fault.status, fault);
    const [status, body] = await this.#process(request);
    if (fault === "lost-response") return void request.socket.destroy();
    respond(response, status, body);
  };

  async #process(request: IncomingMessage): Promise<[number, unknown?]> {
    const url = new URL(request.url ?? "/", "http://api.invalid");
    const [id, verb] = url.pathname.split("/").slice(5);
    if (id === undefined) {
      if (request.method === "POST") return this.#create(await readJson(request));
      const completed = url.searchParams.get("completed");
      return [200, this.tasks.filter((task) => completed === null || task.completed === (completed === "true"))];
    }
    if (verb === "restore") return this.#restore(id);
    const task = this.tasks.find((candidate) => candidate.id === id);
    if (task === undefined) return [404, {}];
    const match = request.headers["if-match"];
    if (match !== undefined && match !== `"${task.version}"`) return [412, {}];
    if (request.method === "GET") return [200, task];
    if (request.method === "DELETE") {
      this.tasks.splice(this.tasks.indexOf(task), 1);
      this.deleted.set(id, task);
      return [204];
    }
    return [200, this.change(id, (await readJson(request)) as Partial<Task>)];
  }

  #create({ id, title, description }: Record<string, unknown>): [number, unknown] {
    const known = this.tasks.find((task) => task.id === id);
    if (known !== undefined) return [200, known];
    return [201, this.add(String(title), { id: String(id), description: (description as string | null) ?? null })];
  }

  #restore(id: string): [number, unknown] {
    const task = this.deleted.get(id);
    if (task === undefined) return [404, {}];
    this.tasks.push(task);
    this.tasks.sort((one, other) => (one.id < other.id ? 1 : -1));
    return [200, task];
  }
}
