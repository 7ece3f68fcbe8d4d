/**
 * What the account forms remember while somebody fills them in: the errors found here or told by the auth server, and how often
 * an attempt failed.
 */
import { useState } from "react";
import { type AccountErrors, type AccountField, explainRefusal } from "../rules.ts";

type State = {
  readonly errors: AccountErrors;
  readonly message: string | undefined;
  readonly attempt: number;
  readonly pending: boolean;
};

export function useAccountState() {
  const [state, setState] = useState<State>({ errors: {}, message: undefined, attempt: 0, pending: false });
  return {
    ...state,
    /** Notes what is wrong before anything is sent. Tells whether all is well. */
    check(errors: { readonly [Field in AccountField]?: string | undefined }): boolean {
      const found = Object.entries(errors).filter(([, text]) => text !== undefined);
      setState(({ attempt, pending }) => ({
        pending,
        errors: Object.fromEntries(found),
        message: undefined,
        attempt: found.length === 0 ? attempt : attempt + 1,
      }));
      return found.length === 0;
    },
    /** Sends the form and notes a refusal at the field it is about. */
    async send(request: () => Promise<void>): Promise<void> {
      setState((current) => ({ ...current, pending: true }));
      try {
        await request();
        setState((current) => ({ ...current, pending: false }));
      } catch (failure) {
        const { field, text } = explainRefusal(failure);
        setState(({ attempt }) => ({
          errors: field === "form" ? {} : { [field]: text },
          message: field === "form" ? text : undefined,
          attempt: attempt + 1,
          pending: false,
        }));
      }
    },
    /** A field that is being put right is no longer wrong. */
    touch(field: AccountField): void {
      setState((current) => {
        const { [field]: _, ...errors } = current.errors;
        return { ...current, errors };
      });
    },
  };
}
