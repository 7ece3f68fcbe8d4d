/**
 * The heading of a page and the document title, from the same text.
 *
 * The heading is focusable from code: the router moves the focus to it after navigation, so that screen readers start there.
 */

type Props = { readonly children: string; readonly className?: string };

export function PageHeading({ children, className = "" }: Props) {
  return (
    <>
      <title>{`${children} · Taskward`}</title>
      <h1 tabIndex={-1} className={`text-[2rem] leading-tight tracking-[-0.01em] sm:text-[2.5rem] ${className}`}>
        {children}
      </h1>
    </>
  );
}
