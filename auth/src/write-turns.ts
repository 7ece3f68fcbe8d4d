/**
 * Gives the writers of this process their turns, and makes them wait for the write lock of other processes.
 *
 * Invariant: a writer waits for at most {@link MAX_WAIT_MS} without any writer of this process getting the lock. A queue that
 * moves may be longer, because its requests do succeed.
 */

import { setTimeout as delay } from "node:timers/promises";

/** How long the database may be locked by other processes before writers give up. */
export const MAX_WAIT_MS = 5_000;
const MIN_RETRY_MS = 4;
/** At random, so that two servers do not try at the same times. */
const RETRY_JITTER_MS = 8;

/** The database stayed locked for {@link MAX_WAIT_MS}. */
export class LockTimeout extends Error {
  override readonly name = "LockTimeout";

  constructor() {
    super(
      `the database was locked for ${MAX_WAIT_MS / 1000} s. Find the process that holds a transaction on it open.`,
    );
  }
}

interface Waiter {
  readonly arrivedAt: number;
  timer: NodeJS.Timeout;
  resolve(): void;
  reject(error: Error): void;
}

export class WriteTurns {
  readonly #isBusy: (error: unknown) => boolean;
  readonly #waiters: Waiter[] = [];
  #isTaken = false;
  /** When a writer of this process last got the lock. */
  #lockedAt = Number.NEGATIVE_INFINITY;

  /** `isBusy` tells whether an error means that another process holds the lock. */
  constructor(isBusy: (error: unknown) => boolean) {
    this.#isBusy = isBusy;
  }

  /**
   * Waits for a turn, then calls `attempt` until it is not refused for a lock. If it succeeded, the caller has the turn and must
   * {@link release} it.
   */
  async take<T>(attempt: () => Promise<T>): Promise<T> {
    const arrivedAt = performance.now();
    await this.#waitForTurn(arrivedAt);
    try {
      const result = await this.#retry(attempt, () => this.#remaining(arrivedAt));
      this.#lockedAt = performance.now();
      return result;
    } catch (error) {
      this.release();
      throw error;
    }
  }

  release(): void {
    const next = this.#waiters.shift();
    if (next === undefined) {
      this.#isTaken = false;
      return;
    }
    clearTimeout(next.timer);
    next.resolve();
  }

  /** Calls `attempt`, which needs no turn, until it is not refused for a lock. */
  async retryRead<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + MAX_WAIT_MS;
    return this.#retry(attempt, () => deadline - performance.now());
  }

  async #retry<T>(attempt: () => Promise<T>, remaining: () => number): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!this.#isBusy(error)) throw error;
        if (remaining() <= 0) throw new LockTimeout();
      }
      await delay(MIN_RETRY_MS + Math.random() * RETRY_JITTER_MS);
    }
  }

  async #waitForTurn(arrivedAt: number): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#checkTime(waiter), MAX_WAIT_MS);
      const waiter: Waiter = { arrivedAt, timer, resolve, reject };
      this.#waiters.push(waiter);
    });
  }

  #checkTime(waiter: Waiter): void {
    const remaining = this.#remaining(waiter.arrivedAt);
    if (remaining > 0) {
      waiter.timer = setTimeout(() => this.#checkTime(waiter), remaining);
      return;
    }
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.reject(new LockTimeout());
  }

  #remaining(arrivedAt: number): number {
    return Math.max(arrivedAt, this.#lockedAt) + MAX_WAIT_MS - performance.now();
  }
}
