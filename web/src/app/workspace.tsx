/**
 * Creates everything that belongs to one signed-in user: query cache, API client, notifications.
 *
 * Invariant: all of it is discarded when the user changes, so that no page shows another user's data.
 */
import { QueryClientProvider } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { SignOutButton } from "#features/account/components/sign-out-button.tsx";
import { createApi } from "#shared/api/client.ts";
import { ApiProvider } from "#shared/api/context.tsx";
import type { User } from "#shared/session/auth-gateway.ts";
import { UserProvider, useSession, useSessionState } from "#shared/session/context.tsx";
import { ToastsProvider } from "#shared/ui/toasts.tsx";
import { Frame } from "./frame.tsx";
import { createQueryClient } from "./query-client.ts";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";

export function Workspace() {
  const state = useSessionState();
  // Rendered between the end of a session and the redirect to the sign-in page.
  if (state.status !== "signed-in") return <Frame>{null}</Frame>;
  return <UserWorkspace key={state.user.id} user={state.user} />;
}

function UserWorkspace({ user }: { readonly user: User }) {
  const { session } = useSession();
  const [client] = useState(createQueryClient);
  const [api] = useState(() => createApi(session, user.id, window.location.origin));
  useEffect(() => () => client.clear(), [client]);
  return (
    <UserProvider user={user}>
      <QueryClientProvider client={client}>
        <ApiProvider api={api}>
          <ToastsProvider>
            <Frame aside={<AccountAside user={user} />}>
              <Outlet />
            </Frame>
          </ToastsProvider>
        </ApiProvider>
      </QueryClientProvider>
    </UserProvider>
  );
}

function AccountAside({ user }: { readonly user: User }) {
  return (
    <div className="flex items-center lg:flex-col lg:items-start lg:gap-1">
      <div className="hidden lg:mb-2 lg:block lg:w-full">
        <p className="user-text font-medium">{user.name}</p>
        <p className="truncate text-sm text-muted" title={user.email}>
          {user.email}
        </p>
      </div>
      <ShortcutsDialog />
      <div className="lg:-ms-4">
        <SignOutButton />
      </div>
    </div>
  );
}
