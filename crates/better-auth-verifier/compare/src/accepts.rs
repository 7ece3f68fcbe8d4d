//! Prints which tokens each crate accepts. Each token has one defect.

use better_auth_verifier::testing::{TestIssuer, TokenDraft};

use crate::candidates::{AUDIENCE, ISSUER, SECRET, validators};

pub fn table() {
    let issuer = TestIssuer::with_secret(ISSUER, AUDIENCE, SECRET);
    let draft = || {
        issuer
            .draft("alice")
            .claim_str("name", "Ada")
            .claim_str("email", "ada@example.com")
    };
    let hour_from_now = format!("{}", now() + 3_600);
    let signed = |name: &'static str, draft: TokenDraft<'_>| (name, draft.sign());
    let mut tokens = vec![
        signed("valid", draft()),
        signed("no `exp`", draft().without_claim("exp")),
        signed("no `iss`", draft().without_claim("iss")),
        signed("no `aud`", draft().without_claim("aud")),
        signed("no `sub`", draft().without_claim("sub")),
        signed("empty `sub`", draft().claim("sub", "\"\"")),
        signed("`iss` is a number", draft().claim("iss", "42")),
        signed("`aud` is an object", draft().claim("aud", "{}")),
        signed(
            "`typ` is `logout+jwt`",
            draft().header("typ", "\"logout+jwt\""),
        ),
        signed("unknown `crit`", draft().header("crit", "[\"unknown\"]")),
        signed("`b64` is false", draft().header("b64", "false")),
        signed("`iat` in an hour", draft().claim("iat", &hour_from_now)),
        signed("`nbf` in an hour", draft().claim("nbf", &hour_from_now)),
        signed("expired 45 s ago", draft().lifetime(-45)),
        signed(
            "has a `nonce`, as ID tokens do",
            draft().claim("nonce", "\"n\""),
        ),
    ];
    let duplicate = draft()
        .claims_json()
        .replacen('{', "{\"x\":{\"y\":1,\"y\":2},\"x\":3,", 1);
    tokens.push((
        "a duplicate member",
        issuer.sign(draft().header_json(), duplicate),
    ));
    let email = format!(
        "{{\"email\":\"ada@example.com\",\"iat\":{},\"exp\":{hour_from_now}}}",
        now()
    );
    tokens.push((
        "Better Auth's e-mail verification token",
        issuer.sign("{\"alg\":\"HS256\"}", email),
    ));
    let validators = validators();
    let names: Vec<&str> = validators.iter().map(|(name, _)| *name).collect();
    println!(
        "| token | {} |\n|---|{}",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for (name, token) in tokens {
        let results: Vec<&str> = validators
            .iter()
            .map(|(_, accepts)| {
                if accepts(&token) {
                    "accepts"
                } else {
                    "refuses"
                }
            })
            .collect();
        println!("| {name} | {} |", results.join(" | "));
    }
}

fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
