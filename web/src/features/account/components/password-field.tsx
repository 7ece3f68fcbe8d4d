/**
 * A password that can be looked at while it is typed. The field keeps its kind for password managers by its `autocomplete`.
 */
import { type ComponentProps, useState } from "react";
import { TextField } from "#shared/ui/text-field.tsx";

type Props = Omit<ComponentProps<typeof TextField>, "label" | "type" | "trailing">;

export function PasswordField(props: Props) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      label="Password"
      type={shown ? "text" : "password"}
      name="password"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      trailing={
        <button
          type="button"
          aria-label={shown ? "Hide password" : "Show password"}
          onClick={() => setShown(!shown)}
          className="me-1 flex min-h-10 min-w-16 cursor-pointer items-center justify-center rounded-md px-3 text-sm text-ink-soft hover:text-ink"
        >
          {shown ? "Hide" : "Show"}
        </button>
      }
    />
  );
}
