//! `taskward check-token`: explains whether the server would accept a token.
//!
//! Invariant: what is printed of a token is escaped, and no secret and no signature is printed.

use std::fmt::Write as _;
use std::io::Read;
use std::time::Duration;

use better_auth_verifier::{UnverifiedToken, VerifyError, decode_unverified};
use jiff::Timestamp;

use crate::app::{StartError, TokenCheck};
use crate::config::{Config, TokenConfig, TokenMode};

/// More than any token; the rest of the input is not read.
const INPUT_MAX: u64 = 64 * 1_024;
/// Of the value of one claim or header member.
const VALUE_CHARS_MAX: usize = 300;
const MEMBERS_MAX: usize = 64;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused,
    /// There are no keys to check the token with.
    Undecided,
}

/// Reads a token, with or without `Bearer` before it.
///
/// # Errors
/// The error of the input, or of text that is not UTF-8.
pub fn read(input: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    input.take(INPUT_MAX).read_to_string(&mut text)?;
    let text = text.trim();
    let token = match text.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer ") => rest.trim_start(),
        _ => text,
    };
    Ok(token.to_owned())
}

/// Checks the token as the server would, and explains the result.
///
/// # Errors
/// [`StartError`] if the settings make no verifier.
pub async fn explain(config: &Config, token: &str) -> Result<(Verdict, String), StartError> {
    let check = TokenCheck::run(&config.tokens, token).await?;
    let mut text = String::from("The settings:\n");
    for line in &check.settings {
        push(&mut text, format_args!("  {line}"));
    }
    text.push_str("\nThe token (not verified):\n");
    match decode_unverified(token) {
        Ok(decoded) => describe(&mut text, &decoded),
        Err(_) => text.push_str("  cannot be decoded\n"),
    }
    let verdict = match check.refusal {
        None => {
            text.push_str("\nAccepted.\n");
            Verdict::Accepted
        }
        Some(error) => {
            let (word, verdict) = if error.is_client_fault() {
                ("Refused", Verdict::Refused)
            } else {
                ("Cannot be decided", Verdict::Undecided)
            };
            push(
                &mut text,
                format_args!("\n{word} ({}): {error}", error.code()),
            );
            if let Some(problem) = &check.key_problem {
                push(&mut text, format_args!("The keys: {problem}"));
            }
            push(
                &mut text,
                format_args!("To do: {}", advice(&error, &config.tokens)),
            );
            verdict
        }
    };
    Ok((verdict, text))
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn describe(text: &mut String, token: &UnverifiedToken) {
    for (part, members) in [("header", token.header()), ("claims", token.claims())] {
        let Some(members) = members else {
            push(
                text,
                format_args!("  {part}: not base64url of a JSON object"),
            );
            continue;
        };
        push(text, format_args!("  {part}:"));
        for (name, value) in members.iter().take(MEMBERS_MAX) {
            let (name, shown) = (printable(name), printable(value));
            match time(&name, value) {
                Some(time) => push(text, format_args!("    {name}: {shown} ({time})")),
                None => push(text, format_args!("    {name}: {shown}")),
            }
        }
        if members.len() > MEMBERS_MAX {
            let more = members.len() - MEMBERS_MAX;
            push(text, format_args!("    and {more} more"));
        }
    }
}

/// A claim with a time, for people.
fn time(name: &str, value: &str) -> Option<Timestamp> {
    if !matches!(name, "exp" | "iat" | "nbf") {
        return None;
    }
    let seconds: f64 = value.parse().ok()?;
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok()
}

/// Escapes what a terminal would act on or hide, such as control characters and marks that change the direction of text, and
/// truncates.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (index, char) in text.chars().enumerate() {
        if index == VALUE_CHARS_MAX {
            shown.push_str("...");
            break;
        }
        match char {
            // Rust would escape these, but a terminal does not act on them.
            '"' | '\'' | '\\' => shown.push(char),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

/// What to do about a refusal, in the names of the settings.
fn advice(error: &VerifyError, config: &TokenConfig) -> &'static str {
    let is_secret = matches!(config.mode, TokenMode::SharedSecret { .. });
    match error {
        VerifyError::SessionToken => {
            "send the JWT from GET /api/auth/token, which needs the jwt plugin in Better Auth, instead of the session token"
        }
        VerifyError::AlgorithmNotAllowed { .. } if is_secret => {
            "set TASKWARD_TOKENS=jwks if Better Auth signs with its own keys, as its jwt plugin does by default, or give the \
             plugin a `sign` callback that signs with HS256"
        }
        VerifyError::AlgorithmNotAllowed { got, .. } if got.starts_with("HS") => {
            "set TASKWARD_TOKENS=shared-secret and BETTER_AUTH_SECRET if the token is signed with that secret"
        }
        VerifyError::AlgorithmNotAllowed { .. } => {
            "set keyPairConfig.alg of Better Auth's jwt plugin to one of the expected algorithms and remove its old keys"
        }
        VerifyError::WrongIssuer { .. } => {
            "set BETTER_AUTH_URL to the baseURL of Better Auth (localhost and 127.0.0.1 are different), or TASKWARD_ISSUER to \
             the `iss` of the token, if that is your Better Auth"
        }
        VerifyError::WrongAudience { .. } => {
            "set TASKWARD_AUDIENCE to the `aud` of the token, if that names this server, or jwt.audience in Better Auth to \
             the expected one"
        }
        VerifyError::MissingClaim {
            claim: "iss" | "aud",
        } if is_secret => "let the issuer set the claim, or name it in TASKWARD_OPTIONAL_CLAIMS",
        VerifyError::Expired { .. } => "get a new token from GET /api/auth/token",
        VerifyError::NotYetValid { .. } => {
            "correct the clock of this machine or of the auth server"
        }
        VerifyError::LivesTooLong { .. } => {
            "set jwt.expirationTime in Better Auth to less, such as \"15m\", or TASKWARD_TOKEN_LIFETIME_MAX to more"
        }
        VerifyError::BadSignature { .. } if is_secret => {
            "set BETTER_AUTH_SECRET to the secret of the auth server that issued the token"
        }
        VerifyError::BadSignature { .. } | VerifyError::UnknownKey { .. } => {
            "let BETTER_AUTH_URL, BETTER_AUTH_JWKS_URL or BETTER_AUTH_JWKS_FILE name the keys of the auth server that issued \
             the token, and get a new token if its keys were replaced"
        }
        VerifyError::NoKeys { .. } => {
            "make the keys of the auth server reachable for this machine, and publish at least one that can be used"
        }
        VerifyError::WrongType { .. }
        | VerifyError::ForbiddenClaim { .. }
        | VerifyError::IssuedToClient { .. } => {
            "send the JWT from GET /api/auth/token, and not another kind of token"
        }
        _ => "send a token as Better Auth issued it, complete and unchanged",
    }
}
