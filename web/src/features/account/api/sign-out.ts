/**
 * Signing out: at the auth server first, since only it can end a session. If it is away, the person stays signed in and is told.
 */
import { useMutation } from "@tanstack/react-query";
import { describeFailure } from "#shared/api/failures.ts";
import { useSession } from "#shared/session/context.tsx";
import { useToasts } from "#shared/ui/toasts.tsx";

export function useSignOut() {
  const { session } = useSession();
  const toasts = useToasts();
  return useMutation({
    // The person waits for this one and must not find it done later, when the network is back and they are gone.
    networkMode: "always",
    mutationFn: () => session.signOut(),
    onError: (failure) => toasts.show({ failed: true, text: `You are still signed in. ${describeFailure(failure)}` }),
  });
}
