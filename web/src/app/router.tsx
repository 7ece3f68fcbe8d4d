/**
 * Addresses, who may see what is there, and where the focus goes after a change of page.
 *
 * Invariant: the pages of a signed-in person are behind one guard, which sends everybody else to the sign-in page and remembers
 * the way back. The guard is courtesy: what protects the data is the API.
 */
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from "@tanstack/react-router";
import { SignInPage } from "#features/account/components/sign-in-page.tsx";
import { SignUpPage } from "#features/account/components/sign-up-page.tsx";
import { type Filter, isFilter } from "#features/tasks/api/keys.ts";
import { TasksPage } from "#features/tasks/components/tasks-page.tsx";
import { useSessionState } from "#shared/session/context.tsx";
import { safeReturnTo } from "#shared/session/return-to.ts";
import type { Session } from "#shared/session/session.ts";
import { Frame } from "./frame.tsx";
import { FaultPage, NotFoundPage, UnreachablePage } from "./plain-pages.tsx";
import { Workspace } from "./workspace.tsx";

type Context = { readonly session: Session };

const rootRoute = createRootRouteWithContext<Context>()({
  component: Root,
  notFoundComponent: NotFoundPage,
  errorComponent: FaultPage,
});

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/tasks", replace: true });
  },
});

// What a validator leaves out stays as it came; what it sets to undefined is gone.
type AccountSearch = { return_to?: string | undefined };

/** The account pages, for those who are not signed in; the others go where they wanted to go. */
const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "account",
  validateSearch: (search): AccountSearch => {
    const path = search["return_to"];
    return { return_to: typeof path === "string" ? path : undefined };
  },
  beforeLoad: ({ context, search }) => {
    if (context.session.state().status === "signed-in") {
      throw redirect({ href: safeReturnTo(search.return_to), replace: true });
    }
  },
  component: () => (
    <Frame aside={<Tagline />}>
      <Outlet />
    </Frame>
  ),
});

const signInRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: "/sign-in",
  component: function SignIn() {
    return <SignInPage returnTo={signInRoute.useSearch().return_to} />;
  },
});

const signUpRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: "/sign-up",
  component: function SignUp() {
    return <SignUpPage returnTo={signUpRoute.useSearch().return_to} />;
  },
});

const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: ({ context, location }) => {
    if (context.session.state().status === "signed-out") {
      const from = safeReturnTo(location.href);
      throw redirect({ to: "/sign-in", search: from === "/tasks" ? {} : { return_to: from }, replace: true });
    }
  },
  component: Workspace,
});

const tasksRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/tasks",
  validateSearch: (search): { filter?: Filter | undefined } => {
    const filter = search["filter"];
    return { filter: isFilter(filter) && filter !== "all" ? filter : undefined };
  },
  // One address per view: an unknown filter is none.
  beforeLoad: ({ search, location }) => {
    const isAsked = new URLSearchParams(location.searchStr).has("filter");
    if (isAsked && search.filter === undefined) throw redirect({ to: "/tasks", replace: true });
  },
  component: function Tasks() {
    return <TasksPage filter={tasksRoute.useSearch().filter ?? "all"} />;
  },
});

function Tagline() {
  return <p className="hidden text-ink-soft lg:block">A private task list.</p>;
}

function Root() {
  const { status } = useSessionState();
  if (status === "unreachable") return <UnreachablePage />;
  return <Outlet />;
}

export function createAppRouter(session: Session) {
  const routeTree = rootRoute.addChildren([
    homeRoute,
    accountRoute.addChildren([signInRoute, signUpRoute]),
    signedInRoute.addChildren([tasksRoute]),
  ]);
  const router = createRouter({ routeTree, context: { session }, scrollRestoration: true });
  session.subscribe(() => void router.invalidate());
  router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
    if (fromLocation !== undefined && pathChanged) document.querySelector("h1")?.focus({ preventScroll: true });
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
