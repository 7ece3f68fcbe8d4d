/**
 * React contexts for the session and the signed-in user.
 */
import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import type { AuthGateway, User } from "./auth-gateway.ts";
import type { Session, SessionState } from "./session.ts";
import type { TextStorage } from "./text-storage.ts";

export type SessionValue = {
  readonly session: Session;
  readonly gateway: AuthGateway;
  readonly textStorage: TextStorage;
};
const SessionContext = createContext<SessionValue | null>(null);
const UserContext = createContext<User | null>(null);

export function SessionProvider({ value, children }: { readonly value: SessionValue; readonly children: ReactNode }) {
  return <SessionContext value={value}>{children}</SessionContext>;
}

/** Wraps the part of the tree that is rendered only while `user` is signed in. */
export function UserProvider({ user, children }: { readonly user: User; readonly children: ReactNode }) {
  return <UserContext value={user}>{children}</UserContext>;
}

export function useSession(): SessionValue {
  const value = use(SessionContext);
  if (value === null) throw new Error("useSession must be used inside SessionProvider.");
  return value;
}

export function useSessionState(): SessionState {
  const { session } = useSession();
  return useSyncExternalStore(session.subscribe, session.state);
}

/** Returns the signed-in user. Throws outside `UserProvider`. */
export function useUser(): User {
  const user = use(UserContext);
  if (user === null) throw new Error("useUser must be used inside UserProvider.");
  return user;
}
