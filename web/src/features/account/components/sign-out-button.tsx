import { Button } from "#shared/ui/button.tsx";
import { useSignOut } from "../api/sign-out.ts";

export function SignOutButton() {
  const signOut = useSignOut();
  return (
    <Button weight="quiet" className="text-sm" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
      Sign out
    </Button>
  );
}
