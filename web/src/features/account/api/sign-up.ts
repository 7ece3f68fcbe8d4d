/**
 * Making an account. Better Auth signs the new person in at once. As with signing in, nothing of it is cached.
 */
import type { SignUpInput } from "#shared/session/auth-gateway.ts";
import { useSession } from "#shared/session/context.tsx";

export function useSignUp(): (input: SignUpInput) => Promise<void> {
  const { gateway, session } = useSession();
  return async (input) => session.begin(await gateway.signUp(input));
}
