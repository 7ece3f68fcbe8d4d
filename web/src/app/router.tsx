/**
 * Routes, route guards, and focus after navigation.
 *
 * Invariant: one guard covers all pages that need a session. It redirects to the sign-in page with the current path in
 * `return_to`. The guard is for usability; the API enforces access.
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
import { ErrorPage, NotFoundPage, UnreachablePage } from "./plain-pages.tsx";
import { Workspace } from "./workspace.tsx";

type Context = { readonly session: Session };

const rootRoute = createRootRouteWithContext<Context>()({
  component: Root,
  notFoundComponent: NotFoundPage,
  errorComponent: ErrorPage,
});

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/tasks", replace: true });
  },
});

// A search parameter must be set to undefined to remove it; a parameter that the validator omits is kept unchanged.
type AccountSearch = { return_to?: string | undefined };

/** Pages for signed-out users. Signed-in users are redirected to `return_to`. */
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
  // Redirect `?filter=all` and unknown filters to the canonical URL.
  beforeLoad: ({ search, location }) => {
    const hasFilter = new URLSearchParams(location.searchStr).has("filter");
    if (hasFilter && search.filter === undefined) throw redirect({ to: "/tasks", replace: true });
  },
  component: function Tasks() {
    return <TasksPage filter={tasksRoute.useSearch().filter ?? "all"} />;
  },
});

function Tagline() {
  return <p className="hidden text-muted lg:block">A private task list.</p>;
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
