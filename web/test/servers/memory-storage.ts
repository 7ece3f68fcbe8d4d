/**
 * An in-memory `Storage` for tests without a DOM.
 */

export function memoryStorage(): () => Storage {
  const values = new Map<string, string>();
  const methods = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
  // `Object.keys(storage)` must return the stored keys, as in a browser.
  const storage = new Proxy(methods, {
    ownKeys: () => [...values.keys()],
    getOwnPropertyDescriptor: (_, key) => ({ value: values.get(String(key)), enumerable: true, configurable: true }),
  });
  return () => storage as unknown as Storage;
}
