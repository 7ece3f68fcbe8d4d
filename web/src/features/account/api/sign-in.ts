/**
 * Signing in with e-mail and password. No cache comes near it: a password is gone when the form is.
 */
import type { SignInInput } from "#shared/session/auth-gateway.ts";
import { useSession } from "#shared/session/context.tsx";

export function useSignIn(): (input: SignInInput) => Promise<void> {
  const { gateway, session } = useSession();
  return async (input) => session.begin(await gateway.signIn(input));
}
