/**
 * Limits of the profile: what a user may write, and how much of it goes into a token.
 *
 * Invariant: every user who can be stored gets tokens that the API accepts. A token has a limit of 8 KiB there, and it
 * contains the name and the e-mail address.
 */

import { APIError } from "better-auth/api";

const MAX_NAME_CHARACTERS = 100;
/** The longest address that fits into an SMTP path (RFC 5321, 4.5.3.1.3). */
const MAX_EMAIL_BYTES = 254;
const MAX_IMAGE_CHARACTERS = 2_048;

/** Control characters, and halves of surrogate pairs, which are not text. */
const NOT_TEXT = /[\p{Cc}\p{Cs}]/u;
const ALL_NOT_TEXT = /[\p{Cc}\p{Cs}]/gu;

interface Profile {
  readonly [field: string]: unknown;
}

/** Better Auth calls these before it writes a user, at sign-up, update and whatever else writes one. */
export const profileHooks = {
  create: { before: async (user: Profile) => ({ data: checkedProfile({ name: undefined, ...user }) }) },
  update: { before: async (user: Profile) => ({ data: checkedProfile(user) }) },
};

/** Checks the fields that are present. */
function checkedProfile(user: Profile): Record<string, unknown> {
  const checked: Record<string, unknown> = { ...user };
  if ("name" in user) checked["name"] = checkedName(user["name"]);
  if ("email" in user) checkEmail(user["email"]);
  if ("image" in user) checkImage(user["image"]);
  return checked;
}

function checkedName(value: unknown): string {
  const name = typeof value === "string" ? value.trim() : undefined;
  if (name === undefined || name === "" || length(name) > MAX_NAME_CHARACTERS || NOT_TEXT.test(name)) {
    throw refusal(
      "INVALID_NAME",
      `The name is not accepted. It must be a text of 1 to ${MAX_NAME_CHARACTERS} characters without control characters.`,
    );
  }
  return name;
}

function checkEmail(value: unknown): void {
  if (
    typeof value !== "string" ||
    Buffer.byteLength(value, "utf8") > MAX_EMAIL_BYTES ||
    NOT_TEXT.test(value)
  ) {
    throw refusal(
      "INVALID_EMAIL",
      `The e-mail address is not accepted. It must be a text of at most ${MAX_EMAIL_BYTES} bytes without control characters.`,
    );
  }
}

function checkImage(value: unknown): void {
  if (value === null || value === undefined) return;
  if (typeof value !== "string" || length(value) > MAX_IMAGE_CHARACTERS || NOT_TEXT.test(value)) {
    throw refusal(
      "INVALID_IMAGE",
      `The image is not accepted. It must be a URL of at most ${MAX_IMAGE_CHARACTERS} characters, or null.`,
    );
  }
}

/** The name of a stored user as a claim. Truncated, because it may have been stored before there was a limit. */
export function storedNameClaim(value: unknown): { name?: string } {
  if (typeof value !== "string") return {};
  const characters = [...value.replace(ALL_NOT_TEXT, "")];
  return { name: characters.slice(0, MAX_NAME_CHARACTERS).join("") };
}

/** The address of a stored user as a claim. Left out if it is too long, because a part of it is another address. */
export function storedEmailClaim(value: unknown): { email?: string } {
  const fits = typeof value === "string" && Buffer.byteLength(value, "utf8") <= MAX_EMAIL_BYTES;
  return fits ? { email: value } : {};
}

/** In code points. */
function length(text: string): number {
  return [...text].length;
}

function refusal(code: string, message: string): APIError {
  return new APIError("BAD_REQUEST", { code, message });
}
