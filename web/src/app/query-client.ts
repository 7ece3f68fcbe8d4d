/**
 * How cached server data behaves. One client is made per signed-in user and dropped with them.
 */
import { notifyManager, QueryClient } from "@tanstack/react-query";
import { isPassing, waitSecondsOf } from "#shared/api/failures.ts";

// A tick shows in the same frame as the press, not a timer later: otherwise the box would blink.
notifyManager.setScheduler(queueMicrotask);

const ATTEMPTS = 3;
/** A server that asks for a longer wait than this is not waited for in silence: the person is told. */
const LONGEST_SILENT_WAIT_SECONDS = 5;

export function createQueryClient(): QueryClient {
  const policy = { retry, retryDelay };
  return new QueryClient({
    defaultOptions: {
      // Coming back to the tab or the network asks again; within a few seconds the answer is taken as still good.
      queries: { ...policy, staleTime: 5_000 },
      mutations: policy,
    },
  });
}

/** Every request here may be repeated: reads, writes that set a value, and creates that carry their own id. */
function retry(failures: number, failure: unknown): boolean {
  const asked = waitSecondsOf(failure) ?? 0;
  return failures < ATTEMPTS && asked <= LONGEST_SILENT_WAIT_SECONDS && isPassing(failure);
}

function retryDelay(failures: number, failure: unknown): number {
  const asked = waitSecondsOf(failure);
  return asked === null ? 500 * 2 ** failures : asked * 1000;
}
