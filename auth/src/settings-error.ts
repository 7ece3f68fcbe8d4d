/** The one error for settings this server refuses to start with; its message is a sentence that says what to do. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}
