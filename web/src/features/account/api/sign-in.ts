/**
 * Sign in with email and password. Not a TanStack Query mutation, because its cache would keep the password.
 */
import type { SignInInput } from "#shared/session/auth-gateway.ts";
import { useSession } from "#shared/session/context.tsx";

export function useSignIn(): (input: SignInInput) => Promise<void> {
  const { gateway, session } = useSession();
  return async (input) => session.start(await gateway.signIn(input));
}
