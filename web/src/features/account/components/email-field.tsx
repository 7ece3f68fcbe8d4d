/**
 * The address an account goes by. `autoComplete` tells password managers whether it is to be filled in or remembered.
 */
import type { ComponentProps } from "react";
import { TextField } from "#shared/ui/text-field.tsx";

type Props = Omit<ComponentProps<typeof TextField>, "label" | "type" | "name">;

export function EmailField(props: Props) {
  return <TextField {...props} label="Email" type="email" name="email" autoCapitalize="none" spellCheck={false} />;
}
