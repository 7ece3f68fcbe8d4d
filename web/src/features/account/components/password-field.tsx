/**
 * Password input with a button that shows the password. While it is shown the type is `text`, so password managers need
 * `autoComplete` to recognize the field.
 */
import { type ComponentProps, useState } from "react";
import { TextField } from "#shared/ui/text-field.tsx";

type Props = Omit<ComponentProps<typeof TextField>, "label" | "type" | "trailing">;

export function PasswordField(props: Props) {
  const [isShown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      label="Password"
      type={isShown ? "text" : "password"}
      name="password"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      trailing={
        <button
          type="button"
          aria-label={isShown ? "Hide password" : "Show password"}
          onClick={() => setShown(!isShown)}
          className="me-1 flex min-h-10 min-w-16 cursor-pointer items-center justify-center rounded-md px-3 text-sm text-muted hover:text-foreground"
        >
          {isShown ? "Hide" : "Show"}
        </button>
      }
    />
  );
}
