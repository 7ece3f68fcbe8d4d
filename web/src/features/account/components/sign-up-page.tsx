import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { TextField } from "#shared/ui/text-field.tsx";
import { useSignUp } from "../api/sign-up.ts";
import { findEmailError, findNameError, findNewPasswordError, PASSWORD_MIN } from "../rules.ts";
import { AccountForm } from "./account-form.tsx";
import { AccountPage } from "./account-page.tsx";
import { useAccountState } from "./account-state.ts";
import { EmailField } from "./email-field.tsx";
import { PasswordField } from "./password-field.tsx";

export function SignUpPage({ returnTo }: { readonly returnTo: string | undefined }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const form = useAccountState();
  const signUp = useSignUp();

  function submit() {
    const isValid = form.validate({
      name: findNameError(name),
      email: findEmailError(email),
      password: findNewPasswordError(password),
    });
    if (isValid) void form.send(() => signUp({ name: name.trim(), email: email.trim(), password }));
  }

  return (
    <AccountPage
      title="Create your account"
      otherwise={
        <>
          Already have an account?{" "}
          <Link to="/sign-in" search={returnTo === undefined ? {} : { return_to: returnTo }}>
            Sign in
          </Link>
        </>
      }
    >
      <AccountForm
        label="Create your account"
        action="Create account"
        pending={form.pending}
        message={form.message}
        failedAttempts={form.failedAttempts}
        onSubmit={submit}
      >
        <TextField
          label="Name"
          name="name"
          autoComplete="name"
          autoFocus
          value={name}
          error={form.errors.name}
          onChange={(event) => {
            setName(event.target.value);
            form.clearError("name");
          }}
        />
        <EmailField
          autoComplete="email"
          value={email}
          error={form.errors.email}
          onChange={(event) => {
            setEmail(event.target.value);
            form.clearError("email");
          }}
        />
        <PasswordField
          autoComplete="new-password"
          hint={`At least ${PASSWORD_MIN} characters. Several words are easier to remember.`}
          value={password}
          error={form.errors.password}
          onChange={(event) => {
            setPassword(event.target.value);
            form.clearError("password");
          }}
        />
      </AccountForm>
    </AccountPage>
  );
}
