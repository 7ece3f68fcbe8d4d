/**
 * The session for React components: one context, one subscription. No logic of its own.
 */
import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import type { AuthGateway, User } from "./auth-gateway.ts";
import type { KeptTexts } from "./kept-texts.ts";
import type { Session, SessionState } from "./session.ts";

export type SessionValue = { readonly session: Session; readonly gateway: AuthGateway; readonly keptTexts: KeptTexts };
const SessionContext = createContext<SessionValue | null>(null);
const UserContext = createContext<User | null>(null);

export function SessionProvider({ value, children }: { readonly value: SessionValue; readonly children: ReactNode }) {
  return <SessionContext value={value}>{children}</SessionContext>;
}

/** Marks the part of the tree that exists only for `user`. */
export function UserProvider({ user, children }: { readonly user: User; readonly children: ReactNode }) {
  return <UserContext value={user}>{children}</UserContext>;
}

export function useSession(): SessionValue {
  const value = use(SessionContext);
  if (value === null) throw new Error("useSession needs a SessionProvider above it.");
  return value;
}

export function useSessionState(): SessionState {
  const { session } = useSession();
  return useSyncExternalStore(session.subscribe, session.state);
}

/** The signed-in user. Only parts of the tree that exist for one may ask. */
export function useUser(): User {
  const user = use(UserContext);
  if (user === null) throw new Error("useUser needs a UserProvider above it.");
  return user;
}
