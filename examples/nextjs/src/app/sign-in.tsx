"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { authClient } from "@/lib/auth-client";

export function SignIn() {
  const router = useRouter();
  const [isNew, setIsNew] = useState(false);
  const [message, setMessage] = useState("");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (field: string) => String(form.get(field));
    const account = { email: text("email"), password: text("password") };
    const { error } = isNew
      ? await authClient.signUp.email({ ...account, name: text("name") })
      : await authClient.signIn.email(account);
    if (error === null) router.refresh();
    else setMessage(error.message ?? "Signing in failed.");
  }

  return (
    <form onSubmit={submit}>
      <h1>{isNew ? "Create an account" : "Sign in"}</h1>
      {isNew && (
        <label>
          Name
          <input name="name" autoComplete="name" required />
        </label>
      )}
      <label>
        E-mail
        <input name="email" type="email" autoComplete="email" required />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={8}
          required
        />
      </label>
      <p role="alert">{message}</p>
      <button type="submit">{isNew ? "Sign up" : "Sign in"}</button>
      <button type="button" className="link" onClick={() => setIsNew(!isNew)}>
        {isNew ? "I have an account" : "I have no account"}
      </button>
    </form>
  );
}
