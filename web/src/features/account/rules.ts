/**
 * Client-side validation of account data, and the texts for errors from the auth server.
 *
 * The auth server enforces the rules; checking them here avoids a round trip. Password lengths are in UTF-16 code units, as
 * in Better Auth. Passwords are never trimmed.
 */
import { describeFailure, formatWait } from "#shared/api/failures.ts";
import { AuthRateLimited, AuthRefused } from "#shared/session/failures.ts";

export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;
const NAME_MAX = 100;

export type AccountField = "name" | "email" | "password";
export type AccountErrors = Partial<Record<AccountField, string>>;

export function findNameError(name: string): string | undefined {
  if (name.trim() === "") return "Enter your name.";
  return name.trim().length > NAME_MAX ? `Use at most ${NAME_MAX} characters.` : undefined;
}

/** Rejects only addresses that are certainly invalid; the auth server has the final check. */
export function findEmailError(email: string): string | undefined {
  if (email.trim() === "") return "Enter your email address.";
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) ? undefined : "Enter an email address like name@example.com.";
}

export function findNewPasswordError(password: string): string | undefined {
  if (password.length < PASSWORD_MIN) return `Use at least ${PASSWORD_MIN} characters.`;
  return password.length > PASSWORD_MAX ? `Use at most ${PASSWORD_MAX} characters.` : undefined;
}

/** `form` is for errors that do not belong to a field. */
export type Refusal = { readonly field: AccountField | "form"; readonly text: string };

export function explainRefusal(failure: unknown): Refusal {
  if (failure instanceof AuthRateLimited) {
    return { field: "form", text: `Too many attempts. Try again in ${formatWait(failure.retryAfterSeconds)}.` };
  }
  if (!(failure instanceof AuthRefused)) return { field: "form", text: describeFailure(failure) };
  switch (failure.code) {
    case "INVALID_EMAIL_OR_PASSWORD":
      return { field: "form", text: "Email and password do not match an account." };
    case "USER_ALREADY_EXISTS":
    case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL":
      return { field: "email", text: "An account with this email already exists. Sign in instead." };
    case "INVALID_EMAIL":
      return { field: "email", text: "Enter an email address like name@example.com." };
    case "PASSWORD_TOO_SHORT":
      return { field: "password", text: `Use at least ${PASSWORD_MIN} characters.` };
    case "PASSWORD_TOO_LONG":
      return { field: "password", text: `Use at most ${PASSWORD_MAX} characters.` };
    case "INVALID_ORIGIN":
    case "MISSING_OR_NULL_ORIGIN":
      return {
        field: "form",
        text: "Taskward is set up for another address. Open it at that address.",
      };
    default:
      return { field: "form", text: "Taskward rejected the request." };
  }
}
