/**
 * Sign up. Better Auth also signs the new user in. Not a mutation, for the same reason as in `sign-in.ts`.
 */
import type { SignUpInput } from "#shared/session/auth-gateway.ts";
import { useSession } from "#shared/session/context.tsx";

export function useSignUp(): (input: SignUpInput) => Promise<void> {
  const { gateway, session } = useSession();
  return async (input) => session.start(await gateway.signUp(input));
}
