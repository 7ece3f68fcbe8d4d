/**
 * The dialog that lists the keyboard shortcuts and turns them on or off. Its button is hidden on devices without hover.
 */
import { useId, useRef } from "react";
import { Button } from "#shared/ui/button.tsx";
import { useShortcut, useShortcutsEnabled } from "#shared/ui/shortcuts.ts";

const SHORTCUTS = [
  ["n", "Go to the field for a new task"],
  ["u", "Undo the latest deletion or completion, while Undo is shown"],
  ["?", "Show this list"],
  ["Esc", "Cancel editing"],
  ["Ctrl Enter", "Save from the description field"],
] as const;

export function ShortcutsDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const closeButton = useRef<HTMLButtonElement>(null);
  const [enabled, setEnabled] = useShortcutsEnabled();
  const headingId = useId();
  const open = () => {
    dialog.current?.showModal();
    closeButton.current?.focus();
  };
  useShortcut("?", open);
  return (
    <>
      <div className="hidden lg:-ms-4 lg:pointer:block">
        <Button weight="quiet" className="text-sm" onClick={open}>
          Keyboard shortcuts
        </Button>
      </div>
      <dialog
        ref={dialog}
        aria-labelledby={headingId}
        className="m-auto w-[min(28rem,calc(100vw-2rem))] rounded-xl border border-border bg-surface p-0 text-foreground shadow-2xl backdrop:bg-black/45"
      >
        <div className="p-6">
          <h2 id={headingId} className="text-2xl">
            Keyboard shortcuts
          </h2>
          <dl className="mt-4 divide-y divide-border">
            {SHORTCUTS.map(([keys, meaning]) => (
              <div key={keys} className="flex items-baseline justify-between gap-6 py-2.5">
                <dt className="order-2 flex-none">
                  <kbd className="rounded border border-border-strong px-2 py-0.5 font-sans text-sm">{keys}</kbd>
                </dt>
                <dd className="text-[0.9375rem]">{meaning}</dd>
              </div>
            ))}
          </dl>
          <label className="mt-4 flex min-h-11 cursor-pointer items-center gap-3 text-[0.9375rem]">
            <input
              type="checkbox"
              checked={enabled}
              onChange={(event) => setEnabled(event.target.checked)}
              className="size-4.5 accent-accent"
            />
            Use single-key shortcuts
          </label>
          <Button ref={closeButton} className="mt-4" onClick={() => dialog.current?.close()}>
            Close
          </Button>
        </div>
      </dialog>
    </>
  );
}
