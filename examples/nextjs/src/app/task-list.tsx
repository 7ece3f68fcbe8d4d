"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import type { Task } from "@/lib/task";
import { createTask, deleteTask, setCompleted, signOut } from "@/lib/tasks-in-browser";

export function TaskList({ name, tasks }: { name: string; tasks: Task[] }) {
  const router = useRouter();
  const [message, setMessage] = useState("");

  /** Runs a change and shows the list as the server has it then. */
  async function run(change: Promise<void>) {
    try {
      await change;
      setMessage("");
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    }
    router.refresh();
  }

  function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const title = String(new FormData(form).get("title"));
    form.reset();
    void run(createTask(title));
  }

  return (
    <>
      <header>
        <h1>Tasks of {name}</h1>
        <button type="button" className="link" onClick={() => run(signOut())}>
          Sign out
        </button>
      </header>
      <form onSubmit={add} className="row">
        <input name="title" aria-label="New task" maxLength={255} required />
        <button type="submit">Add</button>
      </form>
      <p role="alert">{message}</p>
      <ul>
        {tasks.map((task) => (
          <li key={task.id}>
            <label>
              <input
                type="checkbox"
                checked={task.completed}
                onChange={(event) => run(setCompleted(task, event.target.checked))}
              />
              {task.title}
            </label>
            <button
              type="button"
              className="link"
              aria-label={`Delete ${task.title}`}
              onClick={() => run(deleteTask(task))}
            >
              Delete
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
