/**
 * React context for the API client of the signed-in user.
 */
import { createContext, type ReactNode, use } from "react";
import type { Api } from "./client.ts";

const ApiContext = createContext<Api | null>(null);

export function ApiProvider({ api, children }: { readonly api: Api; readonly children: ReactNode }) {
  return <ApiContext value={api}>{children}</ApiContext>;
}

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === null) throw new Error("useApi must be used inside ApiProvider.");
  return api;
}
