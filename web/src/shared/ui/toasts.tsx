/**
 * Short messages about what just happened, with at most one thing to do about it.
 *
 * Invariants: the live region is in the page before its first message, so that screen readers hear all of them; a message
 * does not leave while it is pointed at or holds the focus; a failure stays until somebody dismisses it.
 */
import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { CrossIcon } from "./icons.tsx";

export type Toast = {
  readonly text: string;
  readonly failed?: boolean;
  readonly action?: { readonly label: string; readonly act: () => void };
};

type Shown = Toast & { readonly id: number };
export type Toasts = { readonly show: (toast: Toast) => void; readonly actOnLatest: () => void };

const LASTS_MS = 8_000;
const AT_MOST = 3;
const ToastsContext = createContext<Toasts | null>(null);

export function useToasts(): Toasts {
  const toasts = use(ToastsContext);
  if (toasts === null) throw new Error("useToasts needs a ToastsProvider above it.");
  return toasts;
}

export function ToastsProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const lastId = useRef(0);
  const latest = useRef(shown);
  useEffect(() => {
    latest.current = shown;
  }, [shown]);

  const { toasts, dismiss } = useMemo(() => {
    const dismiss = (id: number) => setShown((current) => current.filter((toast) => toast.id !== id));
    const toasts: Toasts = {
      show(toast) {
        lastId.current += 1;
        const added = { ...toast, id: lastId.current };
        setShown((current) => [...current, added].slice(-AT_MOST));
      },
      actOnLatest() {
        const toast = latest.current.findLast((candidate) => candidate.action !== undefined && !candidate.failed);
        if (toast === undefined) return;
        dismiss(toast.id);
        toast.action?.act();
      },
    };
    return { toasts, dismiss };
  }, []);

  return (
    <ToastsContext value={toasts}>
      {children}
      <section
        aria-label="Notifications"
        className="pointer-events-none fixed inset-x-0 bottom-0 z-20 flex flex-col items-center gap-2 p-4 pb-[max(1rem,env(safe-area-inset-bottom))]"
      >
        <div role="status" className="contents">
          {shown.map((toast) => (toast.failed ? null : <ToastCard key={toast.id} toast={toast} dismiss={dismiss} />))}
        </div>
        <div role="alert" className="contents">
          {shown.map((toast) => (toast.failed ? <ToastCard key={toast.id} toast={toast} dismiss={dismiss} /> : null))}
        </div>
      </section>
    </ToastsContext>
  );
}

function ToastCard({ toast, dismiss }: { readonly toast: Shown; readonly dismiss: (id: number) => void }) {
  const [held, setHeld] = useState(false);
  const leave = useEffectEvent(() => dismiss(toast.id));
  useEffect(() => {
    if (held || toast.failed) return;
    const timer = setTimeout(() => leave(), LASTS_MS);
    return () => clearTimeout(timer);
  }, [held, toast.failed]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing at a message or tabbing into it only keeps it longer.
    <div
      className="pointer-events-auto flex w-full max-w-lg animate-enter items-center gap-2 rounded-lg bg-note py-1 ps-4 pe-1 text-[0.9375rem] text-on-note shadow-[0_6px_24px_rgb(0_0_0/0.25)]"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p className="written line-clamp-3 min-w-0 flex-1 py-2">{toast.text}</p>
      {toast.action === undefined ? null : (
        <button
          type="button"
          className="min-h-11 cursor-pointer rounded-md px-3 font-semibold text-note-accent underline-offset-4 hover:underline"
          onClick={() => {
            dismiss(toast.id);
            toast.action?.act();
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label="Dismiss"
        className="inline-flex size-11 cursor-pointer items-center justify-center rounded-md opacity-75 hover:opacity-100"
        onClick={() => {
          // The button that holds the focus is about to go; reading continues at the top of the page.
          document.querySelector("h1")?.focus({ preventScroll: true });
          dismiss(toast.id);
        }}
      >
        <CrossIcon />
      </button>
    </div>
  );
}
