/**
 * React context for the drafts of the signed-in user.
 */
import { createContext, type ReactNode, use, useState, useSyncExternalStore } from "react";
import { useSession, useUser } from "#shared/session/context.tsx";
import { DraftStore } from "./draft-store.ts";
import type { Drafts } from "./drafts.ts";

const DraftsContext = createContext<DraftStore | null>(null);

export function DraftsProvider({ children }: { readonly children: ReactNode }) {
  const { id } = useUser();
  const { textStorage } = useSession();
  const [store] = useState(() => new DraftStore(textStorage.forUser(id)));
  return <DraftsContext value={store}>{children}</DraftsContext>;
}

export function useDraftStore(): DraftStore {
  const store = use(DraftsContext);
  if (store === null) throw new Error("useDraftStore must be used inside DraftsProvider.");
  return store;
}

export function useDrafts(): Drafts {
  const store = useDraftStore();
  return useSyncExternalStore(store.subscribe, store.drafts);
}
