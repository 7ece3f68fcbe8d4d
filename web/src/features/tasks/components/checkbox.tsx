/**
 * A native checkbox with a touch target of 44 pixels and a custom check mark.
 */

type Props = {
  readonly labelledBy: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange?: (checked: boolean) => void;
};

export function Checkbox({ labelledBy, checked, disabled = false, onChange }: Props) {
  return (
    <span className="relative inline-flex size-11 items-center justify-center">
      <input
        type="checkbox"
        aria-labelledby={labelledBy}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange?.(event.target.checked)}
        className="peer absolute inset-0 cursor-pointer appearance-none rounded-lg focus-visible:-outline-offset-4 disabled:cursor-default"
      />
      <span
        aria-hidden="true"
        className="pointer-events-none size-[1.375rem] rounded-[0.3125rem] border-[1.5px] border-border-strong transition-colors peer-checked:border-accent peer-checked:bg-accent peer-enabled:peer-hover:border-accent peer-disabled:border-dashed"
      />
      <svg
        aria-hidden="true"
        viewBox="0 0 20 20"
        className="pointer-events-none absolute size-4.5 check-stroke text-on-accent peer-checked:check-stroke-drawn"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.25"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d="m4 10.5 4 4 8-9" />
      </svg>
    </span>
  );
}
