/**
 * Short notifications with at most one action.
 *
 * Invariants: the live regions are rendered before the first toast, because screen readers announce only changes to an
 * existing one; the timeout of a toast is paused while the pointer or the focus is on it; a failure has no timeout.
 */
import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { CrossIcon } from "./icons.tsx";

export type Toast = {
  readonly text: string;
  readonly failed?: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
};

type Shown = Toast & { readonly id: number };
export type Toasts = { readonly show: (toast: Toast) => void; readonly runLatestAction: () => void };

const TOAST_DURATION_MS = 8_000;
const MAX_TOASTS = 3;
const ToastsContext = createContext<Toasts | null>(null);

export function useToasts(): Toasts {
  const toasts = use(ToastsContext);
  if (toasts === null) throw new Error("useToasts must be used inside ToastsProvider.");
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
        setShown((current) => [...current, added].slice(-MAX_TOASTS));
      },
      runLatestAction() {
        const toast = latest.current.findLast((candidate) => candidate.action !== undefined && !candidate.failed);
        if (toast === undefined) return;
        dismiss(toast.id);
        toast.action?.run();
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
  const [isPaused, setPaused] = useState(false);
  const onTimeout = useEffectEvent(() => dismiss(toast.id));
  useEffect(() => {
    if (isPaused || toast.failed) return;
    const timer = setTimeout(() => onTimeout(), TOAST_DURATION_MS);
    return () => clearTimeout(timer);
  }, [isPaused, toast.failed]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the handlers only pause the timeout.
    <div
      className="pointer-events-auto flex w-full max-w-lg animate-enter items-center gap-2 rounded-lg bg-toast py-1 ps-4 pe-1 text-[0.9375rem] text-on-toast shadow-[0_6px_24px_rgb(0_0_0/0.25)]"
      onPointerEnter={() => setPaused(true)}
      onPointerLeave={() => setPaused(false)}
      onFocus={() => setPaused(true)}
      onBlur={() => setPaused(false)}
    >
      <p className="user-text line-clamp-3 min-w-0 flex-1 py-2">{toast.text}</p>
      {toast.action === undefined ? null : (
        <button
          type="button"
          className="min-h-11 cursor-pointer rounded-md px-3 font-semibold text-toast-accent underline-offset-4 hover:underline"
          onClick={() => {
            dismiss(toast.id);
            toast.action?.run();
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
          // The focused button is about to be removed, so move the focus to the page heading.
          document.querySelector("h1")?.focus({ preventScroll: true });
          dismiss(toast.id);
        }}
      >
        <CrossIcon />
      </button>
    </div>
  );
}
