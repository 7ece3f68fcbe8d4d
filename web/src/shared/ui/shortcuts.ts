/**
 * Single-key shortcuts.
 *
 * Invariants: no shortcut runs while the user types in a field, holds a modifier key or has a dialog open; the user can turn
 * all of them off (WCAG 2.1.4). The setting is stored per browser and not per user.
 */
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

const STORAGE_KEY = "taskward:shortcuts-off";
const listeners = new Set<() => void>();
let isOff = readIsOff();

export function useShortcutsEnabled(): [boolean, (enabled: boolean) => void] {
  const enabled = useSyncExternalStore(subscribe, () => !isOff);
  return [enabled, setEnabled];
}

export function useShortcut(key: string, handler: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (isOff || event.key !== key || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    handler();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setEnabled(enabled: boolean): void {
  isOff = !enabled;
  try {
    if (isOff) localStorage.setItem(STORAGE_KEY, "1");
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // If the browser denies storage, the setting is lost on reload.
  }
  for (const listener of listeners) listener();
}

function readIsOff(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== null;
  } catch {
    return false;
  }
}
