/**
 * Email input. Set `autoComplete` to `username` to sign in, so that password managers fill it in, and to `email` to sign up.
 */
import type { ComponentProps } from "react";
import { TextField } from "#shared/ui/text-field.tsx";

type Props = Omit<ComponentProps<typeof TextField>, "label" | "type" | "name">;

export function EmailField(props: Props) {
  return <TextField {...props} label="Email" type="email" name="email" autoCapitalize="none" spellCheck={false} />;
}
