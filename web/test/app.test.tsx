// @vitest-environment happy-dom
/**
 * Tests of the complete app in happy-dom against real HTTP servers, mainly of failures. The browser tests in `e2e/` cover
 * normal use.
 */
import { RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, onTestFinished, test } from "vitest";
import { createAppRouter } from "#app/router.tsx";
import { createAuthGateway } from "#shared/session/auth-gateway.ts";
import { SessionProvider } from "#shared/session/context.tsx";
import { Session } from "#shared/session/session.ts";
import type { TabChannel } from "#shared/session/tabs.ts";
import { createTextStorage } from "#shared/session/text-storage.ts";
import { ALICE, BOB, startAuthServer } from "./servers/auth-server.ts";
import { TaskServer } from "./servers/task-server.ts";

// Long enough for a machine under load, as `testTimeout` in vitest.config.ts.
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
  const textStorage = createTextStorage(() => sessionStorage);
  const gateway = createAuthGateway(auth.origin);
  const tabs: TabChannel = { post: () => undefined, onMessage: () => undefined, withLock: (work) => work() };
  const session = new Session({ gateway, textStorage, tabs, now: Date.now });
  await session.check();
  render(
    <SessionProvider value={{ session, gateway, textStorage }}>
      <RouterProvider router={createAppRouter(session)} />
    </SessionProvider>,
  );
  onTestFinished(() => {
    cleanup();
    sessionStorage.clear();
  });
  await screen.findByRole("heading", { level: 1 });
  return { tasks, auth, user: userEvent.setup() };
}

const newTask = () => screen.findByRole("textbox", { name: "New task" });
const titlesShown = () => screen.getAllByRole("checkbox").map((box) => labelOf(box));
const labelOf = (box: HTMLElement) => document.getElementById(box.getAttribute("aria-labelledby") ?? "")?.textContent;

test("a create whose response was lost is retried and creates one task", async () => {
  const { tasks, user } = await openApp();
  tasks.failNext("POST", "lost-response");
  await user.type(await newTask(), "Buy milk{Enter}");
  await screen.findByRole("button", { name: "Edit Buy milk" });
  expect(tasks.tasks.map(({ title }) => title)).toEqual(["Buy milk"]);
  expect(tasks.requests.filter((line) => line.startsWith("POST"))).toHaveLength(2);
});

test("a task that the server rejected stays in the list as not saved and can be sent again", async () => {
  const { tasks, user } = await openApp({ titles: ["Old"] });
  tasks.failNext("POST", 403);
  await user.type(await newTask(), "Buy milk{Enter}");
  expect(await screen.findByText("Not saved")).toBeDefined();
  await user.click(screen.getByRole("button", { name: "Try again: Buy milk" }));
  await screen.findByRole("button", { name: "Edit Buy milk" });
  expect(titlesShown()).toEqual(["Buy milk", "Old"]);
  expect(screen.queryByText("Not saved")).toBeNull();
});

test("text that the server rejected returns to the composer with the error at the field", async () => {
  const { tasks, user } = await openApp();
  tasks.failNext("POST", { status: 422, errors: [{ pointer: "/title", code: "odd", detail: "must not be odd" }] });
  const field = await newTask();
  await user.type(field, "Odd{Enter}");
  await screen.findByText("Must not be odd.");
  expect(field).toHaveProperty("value", "Odd");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent).toBe("Must not be odd.");
});

test("a completion that the server rejected is reverted and reported", async () => {
  const { tasks, user } = await openApp({ titles: ["Buy milk"] });
  const box = await screen.findByRole("checkbox", { name: "Buy milk" });
  tasks.failNext("PATCH", 403);
  await user.click(box);
  expect(await screen.findByText(/“Buy milk” was not changed/)).toBeDefined();
  expect(box).toHaveProperty("checked", false);
});

test("a deleted task can be restored, and the focus moves to the adjacent row", async () => {
  const { tasks, user } = await openApp({ titles: ["Third", "Second", "First"] });
  (await screen.findByRole("button", { name: "Delete Second" })).focus();
  await user.keyboard("{Enter}");
  await screen.findByText("Deleted “Second”.");
  expect(titlesShown()).toEqual(["First", "Third"]);
  await waitFor(() => expect(labelOf(document.activeElement as HTMLElement)).toBe("Third"));
  await waitFor(() => expect(tasks.tasks).toHaveLength(2));
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(titlesShown()).toEqual(["First", "Second", "Third"]));
  await waitFor(() => expect(tasks.tasks).toHaveLength(3));
});

test("deleting a task that is already deleted succeeds", async () => {
  const { tasks, user } = await openApp({ titles: ["Gone elsewhere"] });
  await screen.findByRole("checkbox", { name: "Gone elsewhere" });
  tasks.tasks.length = 0;
  await user.click(screen.getByRole("button", { name: "Delete Gone elsewhere" }));
  await screen.findByRole("heading", { name: "Nothing here yet" });
  expect(screen.queryByText(/was not deleted/)).toBeNull();
});

test("text that was changed elsewhere is not overwritten without asking", async () => {
  const { tasks, user } = await openApp({ titles: ["Buy milk"] });
  await user.click(await screen.findByRole("button", { name: "Edit Buy milk" }));
  tasks.change(tasks.tasks[0]?.id ?? "", { title: "Buy oat milk" });
  const title = screen.getByRole("textbox", { name: "Title" });
  await user.clear(title);
  await user.type(title, "Buy soy milk{Enter}");
  await screen.findByText(/changed elsewhere while you were editing it. Its title is now “Buy oat milk”/);
  expect(tasks.tasks[0]?.title).toBe("Buy oat milk");
  expect(screen.getByRole("textbox", { name: "Title" })).toHaveProperty("value", "Buy soy milk");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(tasks.tasks[0]?.title).toBe("Buy soy milk"));
});

test("a task that was only completed elsewhere is no conflict", async () => {
  const { tasks, user } = await openApp({ titles: ["Buy milk"] });
  await user.click(await screen.findByRole("button", { name: "Edit Buy milk" }));
  tasks.change(tasks.tasks[0]?.id ?? "", { completed: true });
  await user.type(screen.getByRole("textbox", { name: "Title" }), " today{Enter}");
  await waitFor(() => expect(tasks.tasks[0]).toMatchObject({ title: "Buy milk today", completed: true }));
  await screen.findByRole("button", { name: "Edit Buy milk today" });
});

test("an ended session redirects to the sign-in page and back, and unsent text is kept", async () => {
  const { tasks, auth, user } = await openApp({ path: "/tasks?filter=active", titles: ["Old"] });
  await screen.findByRole("checkbox", { name: "Old" });
  auth.user = null;
  tasks.failNext("POST", 401);
  await user.type(await newTask(), "Buy milk{Enter}");
  await screen.findByText("Your session ended.");
  expect(screen.queryByText("Old")).toBeNull();
  expect(window.location.search).toBe("?return_to=%2Ftasks%3Ffilter%3Dactive");
  auth.nextUser = ALICE;
  await signIn(user);
  await screen.findByRole("button", { name: "Try again: Buy milk" });
  expect(window.location.pathname + window.location.search).toBe("/tasks?filter=active");
});

test("the next user sees no data of the previous user", async () => {
  const { tasks, auth, user } = await openApp({ titles: ["Of Alice"] });
  await screen.findByRole("checkbox", { name: "Of Alice" });
  auth.user = null;
  tasks.failNext("POST", 401);
  await user.type(await newTask(), "Unsent of Alice{Enter}");
  await screen.findByText("Your session ended.");
  auth.nextUser = BOB;
  tasks.tasks.length = 0;
  await signIn(user);
  await screen.findByRole("heading", { name: "Nothing here yet" });
  expect(document.body.textContent).not.toContain("of Alice");
  expect(sessionStorage.length).toBe(0);
  expect(tasks.requests.at(-1)).toMatch(/^GET \/api\/users\/bob-id\/tasks/);
});

test("a rejected sign-in shows a message and moves the focus to it", async () => {
  const { auth, user } = await openApp({ path: "/sign-in" });
  auth.user = null;
  await user.click(await screen.findByRole("button", { name: "Sign out" }));
  await signIn(user);
  const message = await screen.findByText("Email and password do not match an account.");
  await waitFor(() => expect(document.activeElement).toBe(message));
});

test("a list that failed to load shows an error and can be reloaded", async () => {
  const { tasks, user } = await openApp({ titles: ["Buy milk"] });
  await screen.findByRole("checkbox", { name: "Buy milk" });
  tasks.failNext("GET", 403);
  await user.click(screen.getByRole("link", { name: "Active" }));
  await screen.findByRole("heading", { name: "Your tasks could not be loaded" });
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("checkbox", { name: "Buy milk" });
});

test("a task that was created although its response was lost by a reload is not shown as unsent", async () => {
  const task = { id: "01935a6e-0000-7000-8000-000000000000", title: "Arrived", description: null };
  sessionStorage.setItem("taskward:alice-id:drafts", JSON.stringify({ unsent: [task] }));
  const { user } = await openApp({ titles: ["Arrived"] });
  await user.click(await screen.findByRole("button", { name: "Delete Arrived" }));
  await screen.findByRole("heading", { name: "Nothing here yet" });
  expect(sessionStorage.length).toBe(0);
});

test("an unknown filter redirects to all tasks", async () => {
  await openApp({ path: "/tasks?filter=bogus", titles: ["Buy milk"] });
  await screen.findByRole("checkbox", { name: "Buy milk" });
  expect(window.location.pathname + window.location.search).toBe("/tasks");
  expect(screen.getByRole("link", { name: "All" }).getAttribute("aria-current")).toBe("page");
});

test("HTML in a title is shown as text", async () => {
  const { user } = await openApp();
  const title = "<img src=x onerror=alert(1)> javascript:alert(2)";
  await user.type(await newTask(), `${title}{Enter}`);
  await screen.findByRole("button", { name: `Edit ${title}` });
  expect(document.querySelector("img")).toBeNull();
});

async function signIn(user: ReturnType<typeof userEvent.setup>) {
  await user.type(await screen.findByRole("textbox", { name: "Email" }), ALICE.email);
  await user.type(screen.getByLabelText("Password"), "correct horse");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}
