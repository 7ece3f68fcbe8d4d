import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useSessionState } from "#shared/session/context.tsx";
import { useSignIn } from "../api/sign-in.ts";
import { findEmailError } from "../rules.ts";
import { AccountForm } from "./account-form.tsx";
import { AccountPage } from "./account-page.tsx";
import { useAccountState } from "./account-state.ts";
import { EmailField } from "./email-field.tsx";
import { PasswordField } from "./password-field.tsx";

export function SignInPage({ returnTo }: { readonly returnTo: string | undefined }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const state = useSessionState();
  const form = useAccountState();
  const signIn = useSignIn();

  function submit() {
    const isValid = form.validate({
      email: findEmailError(email),
      password: password === "" ? "Enter your password." : undefined,
    });
    if (isValid) void form.send(() => signIn({ email: email.trim(), password }));
  }

  return (
    <AccountPage
      title="Sign in"
      notice={
        state.status === "signed-out" && state.reason === "session-ended" ? (
          <>
            <strong className="font-semibold">Your session ended.</strong> Sign in to continue. Text that you did not
            save is still there.
          </>
        ) : null
      }
      otherwise={
        <>
          New here?{" "}
          <Link to="/sign-up" search={returnTo === undefined ? {} : { return_to: returnTo }}>
            Create an account
          </Link>
        </>
      }
    >
      <AccountForm
        label="Sign in"
        action="Sign in"
        pending={form.pending}
        message={form.message}
        failedAttempts={form.failedAttempts}
        onSubmit={submit}
      >
        <EmailField
          autoComplete="username"
          autoFocus
          value={email}
          error={form.errors.email}
          onChange={(event) => {
            setEmail(event.target.value);
            form.clearError("email");
          }}
        />
        <PasswordField
          autoComplete="current-password"
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
