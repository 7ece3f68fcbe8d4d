/**
 * Cache and retry policy of TanStack Query. Each signed-in user gets a new client.
 */
import { notifyManager, QueryClient } from "@tanstack/react-query";
import { isTransient, retryAfterOf } from "#shared/api/failures.ts";

// Notify in a microtask: with the default timer a checkbox shows its old state for one frame after a click.
notifyManager.setScheduler(queueMicrotask);

const MAX_RETRIES = 3;
/** If the server sends a longer retry delay, do not retry; show the error. */
const MAX_RETRY_AFTER_SECONDS = 5;

export function createQueryClient(): QueryClient {
  const policy = { retry, retryDelay };
  return new QueryClient({
    defaultOptions: {
      // Queries are refetched on window focus and on reconnect, but not within this time.
      queries: { ...policy, staleTime: 5_000 },
      mutations: policy,
    },
  });
}

/** All requests are idempotent: reads, writes that set a value, and creates with a client-generated id. */
function retry(failures: number, failure: unknown): boolean {
  const retryAfter = retryAfterOf(failure) ?? 0;
  return failures < MAX_RETRIES && retryAfter <= MAX_RETRY_AFTER_SECONDS && isTransient(failure);
}

function retryDelay(failures: number, failure: unknown): number {
  const retryAfter = retryAfterOf(failure);
  return retryAfter === null ? 500 * 2 ** failures : retryAfter * 1000;
}
