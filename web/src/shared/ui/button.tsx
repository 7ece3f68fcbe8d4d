/**
 * Styled buttons.
 */
import type { ComponentProps } from "react";

const BASE =
  "inline-flex min-h-11 cursor-pointer items-center justify-center gap-2 rounded-md px-4 text-[0.9375rem] font-medium transition-colors disabled:cursor-default disabled:opacity-55";
const WEIGHTS = {
  primary: "bg-accent text-on-accent enabled:hover:bg-accent-strong",
  outline: "border border-border-strong text-foreground enabled:hover:border-foreground enabled:hover:bg-accent-subtle",
  quiet:
    "text-muted underline decoration-border-strong underline-offset-4 enabled:hover:text-foreground enabled:hover:decoration-foreground",
} as const;

type Props = ComponentProps<"button"> & { readonly weight?: keyof typeof WEIGHTS };

export function Button({ weight = "outline", type = "button", className = "", ...rest }: Props) {
  return <button type={type} className={`${BASE} ${WEIGHTS[weight]} ${className}`} {...rest} />;
}

/** `label` is the accessible name. */
export function IconButton({ label, className = "", ...rest }: ComponentProps<"button"> & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      className={`inline-flex size-11 cursor-pointer items-center justify-center rounded-md text-muted transition-colors enabled:hover:bg-accent-subtle enabled:hover:text-foreground disabled:cursor-default disabled:opacity-40 ${className}`}
      {...rest}
    />
  );
}
