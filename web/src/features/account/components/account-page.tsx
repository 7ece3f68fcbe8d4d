/**
 * Layout of the account pages: optional notice, heading, form, and a link to the other account page.
 */
import type { ReactNode } from "react";
import { Banner } from "#shared/ui/banner.tsx";
import { PageHeading } from "#shared/ui/page-heading.tsx";

type Props = {
  readonly title: string;
  readonly notice?: ReactNode;
  readonly otherwise: ReactNode;
  readonly children: ReactNode;
};

export function AccountPage({ title, notice = null, otherwise, children }: Props) {
  return (
    <>
      <Banner>{notice}</Banner>
      <div className="margin-grid">
        <div className="col-start-2 ps-3 pe-4 pt-8 pb-12 sm:ps-5 sm:pt-12">
          <PageHeading>{title}</PageHeading>
          {children}
          <p className="mt-6 text-muted [&_a]:font-medium [&_a]:text-accent [&_a]:underline [&_a]:underline-offset-4 [&_a:hover]:text-accent-strong">
            {otherwise}
          </p>
        </div>
      </div>
    </>
  );
}
