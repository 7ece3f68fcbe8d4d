/**
 * Remembers for each request whether its storage failed.
 *
 * Better Auth catches some errors of its database and answers as if nothing had happened: sign-out says success although
 * the session was not deleted, a session that cannot be read is no session, and a failed sign-up blames the client. So the
 * database layer records a fault here, and the HTTP layer answers for it, whatever Better Auth answered.
 */

import { AsyncLocalStorage } from "node:async_hooks";

export type FaultKind =
  /** The storage could not do it now: locked, full, unreachable. */
  | "unavailable"
  /** The storage can never hold a value of the request. */
  | "unstorable";

export interface StorageFault {
  readonly kind: FaultKind;
  readonly error: unknown;
}

interface Request {
  fault?: StorageFault;
}

const requests = new AsyncLocalStorage<Request>();

/** Runs `work` for one request. `result` is what `work` returned, unless it threw. */
export async function observeStorage<T>(
  work: () => Promise<T>,
): Promise<{ readonly fault: StorageFault } | { readonly fault: undefined; readonly result: T }> {
  const request: Request = {};
  try {
    const result = await requests.run(request, work);
    return request.fault === undefined ? { fault: undefined, result } : { fault: request.fault };
  } catch (error) {
    if (request.fault === undefined) throw error;
    return { fault: request.fault };
  }
}

/** Records a fault of the current request. The first one counts. Does nothing outside of a request. */
export function recordFault(fault: StorageFault): void {
  const request = requests.getStore();
  if (request !== undefined) request.fault ??= fault;
}

/**
 * Throws if the current request has had a fault. Its answer is decided then, so that it must not wait for the storage again
 * and must not write anything else.
 */
export function refuseAfterFault(): void {
  const fault = requests.getStore()?.fault;
  if (fault !== undefined) throw fault.error;
}
