/**
 * Icons in the current text colour. They are hidden from assistive technology; the control around an icon has the name.
 */
import type { ReactNode } from "react";

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 20 20"
      className="size-5 flex-none"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M10 4v12M4 10h12" />
    </Icon>
  );
}

export function PencilIcon() {
  return (
    <Icon>
      <path d="m4 16 .8-3.4L13 4.4a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2Z" />
      <path d="m11.6 5.8 2.6 2.6" />
    </Icon>
  );
}

export function BinIcon() {
  return (
    <Icon>
      <path d="M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4M11.5 9v4" />
    </Icon>
  );
}

export function CrossIcon() {
  return (
    <Icon>
      <path d="m5 5 10 10M15 5 5 15" />
    </Icon>
  );
}

/** The product logo. */
export function BrandMark({ className = "size-7" }: { readonly className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 32 32"
      className={className}
      fill="none"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d="M6 28V14a10 10 0 0 1 20 0v14Z" className="fill-accent stroke-accent" strokeWidth="2" />
      <path d="m11 18 4 4 7-9" className="stroke-on-accent" strokeWidth="2.75" />
    </svg>
  );
}
