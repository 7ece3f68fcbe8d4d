// @vitest-environment happy-dom
/**
 * The whole app in a DOM, against servers on a socket: what a person sees when things go wrong half-way. That everything works
 * when nothing goes wrong is shown end to end, in a browser, elsewhere.
 */
import { RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, onTestFinished, test } from "vitest";
import { createAppRouter } from "#app/router.tsx";
import { createAuthGateway } from "#shared/session/auth-gateway.ts";
import { SessionProvider } from "#shared/session/context.tsx";
import { keepTexts } from "#shared/session/kept-texts.ts";
import { Session } from "#shared/session/session.ts";
import { ALICE, BOB, startAuthServer } from "./servers/auth-server.ts";
import { TaskServer } from "./servers/task-server.ts";

// As in the configuration: a busy machine is slow and not wrong.
configure({ asyncUtilTimeout: 15_000 });

declare global {
  interface Window {
    readonly happyDOM: { setURL(url: string): void };
  }
}

async function openApp({ path = "/tasks", titles = [] as readonly string[] } = {}) {
  const tasks = new TaskServer();
  for (const title of titles) tasks.add(title);
  const auth = await startAuthServer(tasks.handle);
  window.happyDOM.setURL(`${auth.origin}${path}`);
  const keptTexts = keepTexts(() => sessionStorage);
  const gateway = createAuthGateway(auth.origin);
  const alone = { tell: () => undefined, listen: () => undefined, inTurn: <T,>(work: () => Promise<T>) => work() };
  const session = new Session({ gateway, keptTexts, tabs: alone, now: Date.now });
  await session.check();
  render(
    <SessionProvider value={{ session, gateway, keptTexts }}>
      <RouterProvider router={createAppRouter(session)} />
    </SessionProvider>,
  );
  onTestFinished(() => {
    cleanup();
    sessionStorage.clear();
  });
  await screen.findByRole("heading", { level: 1 });
  return { tasks, auth, person: userEvent.setup() };
}

const newTask = () => screen.findByRole("textbox", { name: "New task" });
const titlesShown = () => screen.getAllByRole("checkbox").map((box) => labelOf(box));
const labelOf = (box: HTMLElement) => document.getElementById(box.getAttribute("aria-labelledby") ?? "")?.textContent;

test("a task whose answer was lost is sent again and is one task", async () => {
  const { tasks, person } = await openApp();
  tasks.trip("POST", "lost-answer");
  await person.type(await newTask(), "Buy milk{Enter}");
  await screen.findByRole("button", { name: "Edit Buy milk" });
  expect(tasks.tasks.map(({ title }) => title)).toEqual(["Buy milk"]);
  expect(tasks.requests.filter((line) => line.startsWith("POST"))).toHaveLength(2);
});

test("a task the server did not take stays, says so, and can be sent again", async () => {
  const { tasks, person } = await openApp({ titles: ["Old"] });
  tasks.trip("POST", 403);
  await person.type(await newTask(), "Buy milk{Enter}");
  expect(await screen.findByText("Not saved")).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Try again: Buy milk" }));
  await screen.findByRole("button", { name: "Edit Buy milk" });
  expect(titlesShown()).toEqual(["Buy milk", "Old"]);
  expect(screen.queryByText("Not saved")).toBeNull();
});

test("words the server refuses come back to be put right, with the reason at the field", async () => {
  const { tasks, person } = await openApp();
  tasks.trip("POST", { status: 422, errors: [{ pointer: "/title", code: "odd", detail: "must not be odd" }] });
  const field = await newTask();
  await person.type(field, "Odd{Enter}");
  await screen.findByText("Must not be odd.");
  expect(field).toHaveProperty("value", "Odd");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent).toBe("Must not be odd.");
});

test("a tick the server refuses is taken back, and said", async () => {
  const { tasks, person } = await openApp({ titles: ["Buy milk"] });
  const box = await screen.findByRole("checkbox", { name: "Buy milk" });
  tasks.trip("PATCH", 403);
  await person.click(box);
  expect(await screen.findByText(/“Buy milk” was not changed/)).toBeDefined();
  expect(box).toHaveProperty("checked", false);
});

test("a deleted task can be brought back, and the focus goes to its neighbour", async () => {
  const { tasks, person } = await openApp({ titles: ["Third", "Second", "First"] });
  (await screen.findByRole("button", { name: "Delete Second" })).focus();
  await person.keyboard("{Enter}");
  await screen.findByText("Deleted “Second”.");
  expect(titlesShown()).toEqual(["First", "Third"]);
  await waitFor(() => expect(labelOf(document.activeElement as HTMLElement)).toBe("Third"));
  await waitFor(() => expect(tasks.tasks).toHaveLength(2));
  await person.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(titlesShown()).toEqual(["First", "Second", "Third"]));
  await waitFor(() => expect(tasks.tasks).toHaveLength(3));
});

test("a deletion that was done already is done", async () => {
  const { tasks, person } = await openApp({ titles: ["Gone elsewhere"] });
  await screen.findByRole("checkbox", { name: "Gone elsewhere" });
  tasks.tasks.length = 0;
  await person.click(screen.getByRole("button", { name: "Delete Gone elsewhere" }));
  await screen.findByRole("heading", { name: "Nothing here yet" });
  expect(screen.queryByText(/was not deleted/)).toBeNull();
});

test("words changed elsewhere are not overwritten unseen", async () => {
  const { tasks, person } = await openApp({ titles: ["Buy milk"] });
  await person.click(await screen.findByRole("button", { name: "Edit Buy milk" }));
  tasks.change(tasks.tasks[0]?.id ?? "", { title: "Buy oat milk" });
  const title = screen.getByRole("textbox", { name: "Title" });
  await person.clear(title);
  await person.type(title, "Buy soy milk{Enter}");
  await screen.findByText(/changed elsewhere while you were editing it. Its title is now “Buy oat milk”/);
  expect(tasks.tasks[0]?.title).toBe("Buy oat milk");
  expect(screen.getByRole("textbox", { name: "Title" })).toHaveProperty("value", "Buy soy milk");
  await person.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(tasks.tasks[0]?.title).toBe("Buy soy milk"));
});

test("a task that was only ticked elsewhere is no conflict", async () => {
  const { tasks, person } = await openApp({ titles: ["Buy milk"] });
  await person.click(await screen.findByRole("button", { name: "Edit Buy milk" }));
  tasks.change(tasks.tasks[0]?.id ?? "", { completed: true });
  await person.type(screen.getByRole("textbox", { name: "Title" }), " today{Enter}");
  await waitFor(() => expect(tasks.tasks[0]).toMatchObject({ title: "Buy milk today", completed: true }));
  await screen.findByRole("button", { name: "Edit Buy milk today" });
});

test("a session that ended leads to the sign-in page and back, with unsent words kept", async () => {
  const { tasks, auth, person } = await openApp({ path: "/tasks?filter=active", titles: ["Old"] });
  await screen.findByRole("checkbox", { name: "Old" });
  auth.user = null;
  tasks.trip("POST", 401);
  await person.type(await newTask(), "Buy milk{Enter}");
  await screen.findByText("Your session ended.");
  expect(screen.queryByText("Old")).toBeNull();
  expect(window.location.search).toBe("?return_to=%2Ftasks%3Ffilter%3Dactive");
  auth.nextUser = ALICE;
  await signIn(person);
  await screen.findByRole("button", { name: "Try again: Buy milk" });
  expect(window.location.pathname + window.location.search).toBe("/tasks?filter=active");
});

test("whoever signs in next finds nothing of the one before", async () => {
  const { tasks, auth, person } = await openApp({ titles: ["Of Alice"] });
  await screen.findByRole("checkbox", { name: "Of Alice" });
  auth.user = null;
  tasks.trip("POST", 401);
  await person.type(await newTask(), "Unsent of Alice{Enter}");
  await screen.findByText("Your session ended.");
  auth.nextUser = BOB;
  tasks.tasks.length = 0;
  await signIn(person);
  await screen.findByRole("heading", { name: "Nothing here yet" });
  expect(document.body.textContent).not.toContain("of Alice");
  expect(sessionStorage.length).toBe(0);
  expect(tasks.requests.at(-1)).toMatch(/^GET \/api\/users\/bob-id\/tasks/);
});

test("a refused sign-in says so, and moves the focus to the message", async () => {
  const { auth, person } = await openApp({ path: "/sign-in" });
  auth.user = null;
  await person.click(await screen.findByRole("button", { name: "Sign out" }));
  await signIn(person);
  const message = await screen.findByText("Email and password do not match an account.");
  await waitFor(() => expect(document.activeElement).toBe(message));
});

test("a list that cannot be had is said to be, and is asked for again", async () => {
  const { tasks, person } = await openApp({ titles: ["Buy milk"] });
  await screen.findByRole("checkbox", { name: "Buy milk" });
  tasks.trip("GET", 403);
  await person.click(screen.getByRole("link", { name: "Active" }));
  await screen.findByRole("heading", { name: "Your tasks could not be loaded" });
  await person.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("checkbox", { name: "Buy milk" });
});

test("a task that arrived although its answer was lost with the page is not shown as unsent", async () => {
  const task = { id: "01935a6e-0000-7000-8000-000000000000", title: "Arrived", description: null };
  sessionStorage.setItem("taskward:alice-id:drafts", JSON.stringify({ unsent: [task] }));
  const { person } = await openApp({ titles: ["Arrived"] });
  await person.click(await screen.findByRole("button", { name: "Delete Arrived" }));
  await screen.findByRole("heading", { name: "Nothing here yet" });
  expect(sessionStorage.length).toBe(0);
});

test("an unknown filter is none", async () => {
  await openApp({ path: "/tasks?filter=bogus", titles: ["Buy milk"] });
  await screen.findByRole("checkbox", { name: "Buy milk" });
  expect(window.location.pathname + window.location.search).toBe("/tasks");
  expect(screen.getByRole("link", { name: "All" }).getAttribute("aria-current")).toBe("page");
});

test("what people type is text", async () => {
  const { person } = await openApp();
  const title = "<img src=x onerror=alert(1)> javascript:alert(2)";
  await person.type(await newTask(), `${title}{Enter}`);
  await screen.findByRole("button", { name: `Edit ${title}` });
  expect(document.querySelector("img")).toBeNull();
});

async function signIn(person: ReturnType<typeof userEvent.setup>) {
  await person.type(await screen.findByRole("textbox", { name: "Email" }), ALICE.email);
  await person.type(screen.getByLabelText("Password"), "correct horse");
  await person.click(screen.getByRole("button", { name: "Sign in" }));
}
