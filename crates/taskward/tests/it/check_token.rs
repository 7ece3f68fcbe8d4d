//! `taskward check-token`: what it prints, and its exit codes.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::harness::{ORIGIN, PROGRAM, SECRET};

const SET: [(&str, &str); 2] = [("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", ORIGIN)];

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

async fn check(variables: &[(&str, &str)], input: &str) -> Run {
    let data = tempfile::tempdir().unwrap();
    check_in(data.path(), variables, input).await
}

async fn check_in(directory: &Path, variables: &[(&str, &str)], input: &str) -> Run {
    let mut child = Command::new(PROGRAM)
        .arg("check-token")
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The command stops reading at its limit, or reads nothing if a setting is wrong.
    let _closed_early = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let finished = tokio::time::timeout(Duration::from_secs(20), child.wait_with_output());
    let Output {
        status,
        stdout,
        stderr,
    } = finished
        .await
        .expect("it exits within the timeout")
        .unwrap();
    Run {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

#[tokio::test]
async fn an_accepted_token_is_shown_with_the_settings() {
    let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let token = issuer.token("alice");
    for input in [
        token.clone(),
        format!("{token}\n"),
        format!("Bearer {token}\r\n"),
    ] {
        let run = check(&SET, &input).await;
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        for text in [
            "mode shared-secret (HS256), because there is a BETTER_AUTH_SECRET",
            "issuer \"http://taskward.test\", from BETTER_AUTH_URL",
            "alg: \"HS256\"",
            "sub: \"alice\"",
            "Accepted.",
        ] {
            assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
        }
        let signature = token.rsplit('.').next().unwrap();
        for private in [SECRET, signature] {
            assert!(!run.stdout.contains(private) && !run.stderr.contains(private));
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_explained_with_advice() {
    let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let draft = || issuer.draft("alice");
    let keys = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
    let cases = [
        (
            draft().claim_str("iss", "http://127.0.0.1:3000").sign(),
            "wrong_issuer",
            "TASKWARD_ISSUER",
        ),
        (
            draft().claim_str("aud", "x").sign(),
            "wrong_audience",
            "TASKWARD_AUDIENCE",
        ),
        (
            keys.token("alice"),
            "algorithm_not_allowed",
            "TASKWARD_TOKENS=jwks",
        ),
        (draft().lifetime(-90).sign(), "expired", "new token"),
        (
            draft().without_claim("aud").sign(),
            "missing_claim",
            "TASKWARD_OPTIONAL_CLAIMS",
        ),
        (
            draft().lifetime(90_000).sign(),
            "lives_too_long",
            "TASKWARD_TOKEN_LIFETIME_MAX",
        ),
        (
            draft().claim_str("client_id", "x").sign(),
            "issued_to_client",
            "/api/auth/token",
        ),
        (
            "Y48ls7brtzBNQLSzv6SRYRw4gPRN8rIX".to_owned(),
            "session_token",
            "/api/auth/token",
        ),
        ("a.b".to_owned(), "malformed", "complete and unchanged"),
        ("x.".repeat(40_000), "too_long", "complete and unchanged"),
    ];
    for (token, reason, advice) in cases {
        let run = check(&SET, &token).await;
        assert_eq!(run.code, Some(1), "{reason}: {}", run.stderr);
        let verdict = format!("Refused ({reason}): ");
        for text in [verdict.as_str(), advice] {
            assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
        }
        assert_eq!(run.stderr.trim_end(), "taskward: the token is refused");
    }
}

#[tokio::test]
async fn what_a_terminal_would_act_on_is_escaped_and_bounded() {
    let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let claims = "{\"sub\":\"\u{202e}\u{200b}\u{7f}\u{9b}31m \u{141}\u{f3}d\u{17a}\",\"a\u{2066}\":1,\"b\\nexp\":2}";
    let token = issuer.sign(r#"{"alg":"HS256"}"#, claims);
    let run = check(&SET, &token).await;
    assert_eq!(run.code, Some(1));
    for char in run.stdout.chars() {
        let is_printable =
            char == '\n' || !(char.is_control() || ('\u{200b}'..='\u{2069}').contains(&char));
        assert!(is_printable, "{char:?} in {}", run.stdout);
    }
    for text in [
        "\\u{202e}\\u{200b}\\u{7f}\\u{9b}31m \u{141}\u{f3}d\u{17a}",
        "a\\u{2066}: 1",
        "b\\nexp: 2",
    ] {
        assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
    }
    let long = issuer
        .draft("alice")
        .claim_str("pad", &"y".repeat(3_000))
        .sign();
    let run = check(&SET, &long).await;
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.len() < 3_000, "{}", run.stdout);
}

#[tokio::test]
async fn keys_are_fetched_as_the_server_does() {
    let issuer = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
    let keys = KeyServer::start(issuer.jwks());
    let url = keys.url();
    let variables = [
        ("BETTER_AUTH_URL", ORIGIN),
        ("BETTER_AUTH_JWKS_URL", url.as_str()),
    ];
    let run = check(&variables, &issuer.token("alice")).await;
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(&url), "{}", run.stdout);
    let other = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
    let run = check(&variables, &other.token("alice")).await;
    assert_eq!(run.code, Some(1));
    let with_secret = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let run = check(&variables, &with_secret.token("alice")).await;
    assert!(
        run.stdout.contains("TASKWARD_TOKENS=shared-secret"),
        "{}",
        run.stdout
    );
    keys.set(Reply::Document(r#"{"keys":[]}"#.into()));
    let run = check(&variables, &issuer.token("alice")).await;
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    for text in [
        "Cannot be decided (no_keys)",
        "The keys: the key set is empty",
    ] {
        assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
    }
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("jwks.json"), issuer.jwks()).unwrap();
    let variables = [
        ("BETTER_AUTH_URL", ORIGIN),
        ("BETTER_AUTH_JWKS_FILE", "jwks.json"),
    ];
    let run = check_in(data.path(), &variables, &issuer.token("alice")).await;
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(
        !data.path().join(".taskward").exists(),
        "it creates nothing"
    );
}

#[tokio::test]
async fn wrong_settings_and_no_token_exit_with_2() {
    for (variables, input, expected) in [
        (&[] as &[(&str, &str)], "a.b.c", "no way to check tokens"),
        (
            &[("BETTER_AUTH_SECRET", "short")],
            "a.b.c",
            "BETTER_AUTH_SECRET",
        ),
        (&SET, "", "there is no token"),
        (&SET, "  \n", "there is no token"),
    ] {
        let run = check(variables, input).await;
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}
