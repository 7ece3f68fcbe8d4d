/**
 * The drafts of the signed-in user, for React components.
 */
import { createContext, type ReactNode, use, useState, useSyncExternalStore } from "react";
import { useSession, useUser } from "#shared/session/context.tsx";
import { DraftStore } from "./draft-store.ts";
import type { Drafts } from "./drafts.ts";

const DraftsContext = createContext<DraftStore | null>(null);

export function DraftsProvider({ children }: { readonly children: ReactNode }) {
  const { id } = useUser();
  const { keptTexts } = useSession();
  const [store] = useState(() => new DraftStore(keptTexts.of(id)));
  return <DraftsContext value={store}>{children}</DraftsContext>;
}

export function useDraftStore(): DraftStore {
  const store = use(DraftsContext);
  if (store === null) throw new Error("useDraftStore needs a DraftsProvider above it.");
  return store;
}

export function useDrafts(): Drafts {
  const store = useDraftStore();
  return useSyncExternalStore(store.subscribe, store.drafts);
}
