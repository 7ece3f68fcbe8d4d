/**
 * State of an account form: validation errors, errors from the auth server, and the number of failed attempts.
 */
import { useState } from "react";
import { type AccountErrors, type AccountField, explainRefusal } from "../rules.ts";

type State = {
  readonly errors: AccountErrors;
  readonly message: string | undefined;
  readonly failedAttempts: number;
  readonly pending: boolean;
};

export function useAccountState() {
  const [state, setState] = useState<State>({ errors: {}, message: undefined, failedAttempts: 0, pending: false });
  return {
    ...state,
    /** Shows the errors that are not undefined. Returns whether there are none. */
    validate(errors: { readonly [Field in AccountField]?: string | undefined }): boolean {
      const found = Object.entries(errors).filter(([, text]) => text !== undefined);
      setState(({ failedAttempts, pending }) => ({
        pending,
        errors: Object.fromEntries(found),
        message: undefined,
        failedAttempts: found.length === 0 ? failedAttempts : failedAttempts + 1,
      }));
      return found.length === 0;
    },
    /** Sends the form. Shows a failure at the field it is about, or as the form's message. */
    async send(request: () => Promise<void>): Promise<void> {
      setState((current) => ({ ...current, pending: true }));
      try {
        await request();
        setState((current) => ({ ...current, pending: false }));
      } catch (failure) {
        const { field, text } = explainRefusal(failure);
        setState(({ failedAttempts }) => ({
          errors: field === "form" ? {} : { [field]: text },
          message: field === "form" ? text : undefined,
          failedAttempts: failedAttempts + 1,
          pending: false,
        }));
      }
    },
    clearError(field: AccountField): void {
      setState((current) => {
        const { [field]: _, ...errors } = current.errors;
        return { ...current, errors };
      });
    },
  };
}
