/**
 * The heading of a page together with the document's title, so that the two cannot drift apart.
 *
 * The heading can take focus by program: after a change of page the router puts it there, and reading goes on from it.
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
