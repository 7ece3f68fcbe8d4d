/**
 * Keyboard shortcuts of one character.
 *
 * Invariants: none fires while somebody types, with a modifier held, or behind an open dialog; all can be switched off (WCAG 2.1.4:
 * speech input and slips of the hand press single keys). The switch is kept for this browser; it tells nothing about anybody.
 */
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

const KEY = "taskward:shortcuts-off";
const listeners = new Set<() => void>();
let off = readOff();

export function useShortcutsEnabled(): [boolean, (enabled: boolean) => void] {
  const enabled = useSyncExternalStore(subscribe, () => !off);
  return [enabled, setEnabled];
}

/** Calls `act` when `key` is pressed on its own. */
export function useShortcut(key: string, act: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (off || event.key !== key || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    act();
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
  off = !enabled;
  try {
    if (off) localStorage.setItem(KEY, "1");
    else localStorage.removeItem(KEY);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function readOff(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}
