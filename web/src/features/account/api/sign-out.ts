/**
 * Sign out. If the auth server cannot be reached, the user stays signed in and sees an error.
 */
import { useMutation } from "@tanstack/react-query";
import { describeFailure } from "#shared/api/failures.ts";
import { useSession } from "#shared/session/context.tsx";
import { useToasts } from "#shared/ui/toasts.tsx";

export function useSignOut() {
  const { session } = useSession();
  const toasts = useToasts();
  return useMutation({
    // Fail at once when offline. The default would pause the request and sign the user out after a reconnect.
    networkMode: "always",
    mutationFn: () => session.signOut(),
    onError: (failure) => toasts.show({ failed: true, text: `You are still signed in. ${describeFailure(failure)}` }),
  });
}
