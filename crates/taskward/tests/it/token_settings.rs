//! The settings of tokens: what decides them, and what is refused.

use axum::http::StatusCode;
use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use tokio::process::Command;

#[cfg(unix)]
use crate::harness::log_of_a_run;
use crate::harness::{ORIGIN, PROGRAM, Running, SECRET, Server, serve, wait_for};
use crate::process::refused;

const LOCAL: &str = "http://localhost:3000";
const SET: (&str, &str) = ("BETTER_AUTH_SECRET", SECRET);

/// Runs the program with these variables, and returns its log line about tokens.
async fn start_line(variables: &[(&str, &str)]) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut all = vec![("TASKWARD_LISTEN", "127.0.0.1:0")];
    all.extend_from_slice(variables);
    let mut server = Running::start(serve(data.path(), &all, &[])).await;
    let line = wait_for(&mut server.lines, "tokens: mode").await;
    server.child.kill().await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    line["message"].as_str().unwrap().to_owned()
}

/// Variables, and what the program must say about them.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

#[tokio::test]
async fn sec_93_the_start_line_says_which_setting_decided() {
    let jwks = "http://localhost:3000/api/auth/jwks";
    let cases: [Case<'_>; 6] = [
        (
            &[SET],
            &[
                "mode shared-secret",
                "because there is a BETTER_AUTH_SECRET and TASKWARD_TOKENS is not set",
                "set TASKWARD_TOKENS=jwks",
                "issuer \"http://localhost:0\", from TASKWARD_LISTEN",
            ],
        ),
        (
            &[("TASKWARD_TOKENS", "jwks"), SET, ("BETTER_AUTH_URL", LOCAL)],
            &[
                "mode jwks, because TASKWARD_TOKENS is set",
                "keys are fetched from http://localhost:3000/api/auth/jwks (BETTER_AUTH_URL)",
                "issuer \"http://localhost:3000\", from BETTER_AUTH_URL",
                "audience \"http://localhost:3000\", from BETTER_AUTH_URL",
            ],
        ),
        (
            &[("BETTER_AUTH_JWKS_URL", jwks)],
            &[
                "mode jwks, because BETTER_AUTH_JWKS_URL is set",
                "issuer \"http://localhost:3000\", from the origin of BETTER_AUTH_JWKS_URL",
                "audience \"http://localhost:3000\", from the origin of BETTER_AUTH_JWKS_URL",
            ],
        ),
        (
            &[
                ("BETTER_AUTH_JWKS_URL", jwks),
                ("BETTER_AUTH_URL", "https://app.test"),
                ("TASKWARD_AUDIENCE", "api"),
            ],
            &[
                "issuer \"https://app.test\", from BETTER_AUTH_URL",
                "audience \"api\", from TASKWARD_AUDIENCE",
            ],
        ),
        (
            &[
                ("BETTER_AUTH_JWKS_FILE", "jwks.json"),
                ("TASKWARD_ISSUER", "a"),
                ("TASKWARD_AUDIENCE", "b"),
            ],
            &[
                "because BETTER_AUTH_JWKS_FILE is set",
                "the keys are in jwks.json",
                "issuer \"a\", from TASKWARD_ISSUER",
            ],
        ),
        (
            &[
                ("BETTER_AUTH_JWKS_URL", "http://next-app:3000/keys"),
                ("TASKWARD_ALLOW_HTTP_HOSTS", "other,next-app"),
                ("BETTER_AUTH_URL", LOCAL),
                ("TASKWARD_TOKEN_LIFETIME_MAX", "7d"),
            ],
            &[
                "keys are fetched from http://next-app:3000/keys (BETTER_AUTH_JWKS_URL)",
                "longest lifetime 604800 s",
            ],
        ),
    ];
    for (variables, expected) in cases {
        let line = start_line(variables).await;
        for text in expected {
            assert!(line.contains(text), "{text} is not in {line}");
        }
        assert!(!line.contains(SECRET));
    }
}

#[tokio::test]
async fn sec_40_sec_93_a_derived_setting_is_refused_in_the_name_of_its_origin() {
    let jwks = ("TASKWARD_TOKENS", "jwks");
    let cases: [Case<'_>; 17] = [
        (
            &[
                SET,
                ("TASKWARD_AUTH_COMMAND", "x"),
                ("TASKWARD_LISTEN", "127.0.0.1:3999"),
                ("TASKWARD_TOKEN_LIFETIME_MAX", "60"),
            ],
            &[
                "taskward: TASKWARD_TOKEN_LIFETIME_MAX: is 60 s",
                "tokens for 900 s",
            ],
        ),
        (
            &[
                SET,
                ("TASKWARD_AUTH_COMMAND", "x"),
                ("TASKWARD_LISTEN", "127.0.0.1:3999"),
                ("TASKWARD_TOKEN_LIFETIME_MAX", "20m"),
                ("AUTH_JWT_LIFETIME", "1201"),
            ],
            &[
                "taskward: TASKWARD_TOKEN_LIFETIME_MAX: is 1200 s",
                "AUTH_JWT_LIFETIME to at most 1200",
            ],
        ),
        (
            &[
                jwks,
                ("BETTER_AUTH_URL", LOCAL),
                ("TASKWARD_AUTH_UPSTREAM", "http://10.0.0.7:8081"),
            ],
            &[
                "taskward: TASKWARD_AUTH_UPSTREAM: ",
                "http://10.0.0.7:8081/api/auth/jwks",
                "add 10.0.0.7 to TASKWARD_ALLOW_HTTP_HOSTS",
                "BETTER_AUTH_JWKS_FILE",
            ],
        ),
        (
            &[("BETTER_AUTH_URL", "http://192.168.1.5:8080")],
            &[
                "taskward: BETTER_AUTH_URL: ",
                "add 192.168.1.5 to TASKWARD_ALLOW_HTTP_HOSTS",
            ],
        ),
        (
            &[("BETTER_AUTH_URL", "http://app.localhost:3000")],
            &["taskward: BETTER_AUTH_URL: ", "add app.localhost to"],
        ),
        (
            &[
                ("BETTER_AUTH_JWKS_URL", "http://next-app:3000/keys"),
                ("TASKWARD_ALLOW_HTTP_HOSTS", "next-app.example.org"),
            ],
            &[
                "taskward: BETTER_AUTH_JWKS_URL: ",
                "add next-app to TASKWARD_ALLOW_HTTP_HOSTS",
            ],
        ),
        (
            &[
                ("BETTER_AUTH_JWKS_URL", "http://next-app:3000/keys"),
                ("TASKWARD_ALLOW_HTTP_HOSTS", "next-app"),
            ],
            &[
                "taskward: BETTER_AUTH_URL: ",
                "is not set",
                "TASKWARD_ALLOW_HTTP_HOSTS",
            ],
        ),
        (
            &[
                jwks,
                ("TASKWARD_AUTH_UPSTREAM", "http://next-app:3000"),
                ("TASKWARD_ALLOW_HTTP_HOSTS", "next-app"),
            ],
            &["taskward: BETTER_AUTH_URL: ", "is not set"],
        ),
        (
            &[("BETTER_AUTH_JWKS_FILE", "jwks.json")],
            &[
                "taskward: BETTER_AUTH_URL: ",
                "is not set",
                "TASKWARD_ISSUER",
            ],
        ),
        (
            &[
                ("BETTER_AUTH_JWKS_FILE", "jwks.json"),
                ("BETTER_AUTH_JWKS_URL", "https://app.test/keys"),
            ],
            &["taskward: BETTER_AUTH_JWKS_FILE: ", "keep one"],
        ),
        (
            &[("BETTER_AUTH_JWKS_URL", "app.test/keys")],
            &["taskward: BETTER_AUTH_JWKS_URL: ", "https://"],
        ),
        (
            &[jwks],
            &["taskward: TASKWARD_TOKENS: ", "BETTER_AUTH_JWKS_FILE"],
        ),
        (
            &[
                ("TASKWARD_LISTEN", "127.0.0.1:3999"),
                ("BETTER_AUTH_URL", "http://localhost:3999"),
            ],
            &["taskward: BETTER_AUTH_URL: ", "address of this server"],
        ),
        (
            &[
                SET,
                ("TASKWARD_LISTEN", "127.0.0.1:65535"),
                ("TASKWARD_AUTH_COMMAND", "x"),
            ],
            &["taskward: TASKWARD_LISTEN: ", "TASKWARD_AUTH_UPSTREAM"],
        ),
        (
            &[SET, ("TASKWARD_ISSUER", "")],
            &["taskward: TASKWARD_ISSUER: is empty"],
        ),
        (
            &[SET, ("TASKWARD_AUDIENCE", "")],
            &["taskward: TASKWARD_AUDIENCE: is empty"],
        ),
        (
            &[
                jwks,
                SET,
                ("BETTER_AUTH_URL", LOCAL),
                ("TASKWARD_OPTIONAL_CLAIMS", "aud"),
            ],
            &["taskward: TASKWARD_OPTIONAL_CLAIMS: ", "shared secret only"],
        ),
    ];
    for (variables, expected) in cases {
        let stderr = refused(variables, &[]).await;
        let line = stderr.lines().last().unwrap();
        for text in expected {
            assert!(
                line.contains(text),
                "{variables:?}: {text} is not in {line}"
            );
        }
    }
    for (name, value) in [
        ("TASKWARD_ALLOW_HTTP_HOSTS", "*"),
        ("TASKWARD_ALLOW_HTTP_HOSTS", "http://next-app:3000"),
        ("TASKWARD_OPTIONAL_CLAIMS", "sub"),
        ("TASKWARD_TOKEN_LIFETIME_MAX", "0"),
        ("TASKWARD_TOKEN_LIFETIME_MAX", "soon"),
        ("TASKWARD_EXPLAIN_TOKENS", "maybe"),
    ] {
        let stderr = refused(&[SET, (name, value)], &[]).await;
        let flag = name
            .trim_start_matches("TASKWARD_")
            .to_lowercase()
            .replace('_', "-");
        assert!(
            stderr.contains(&format!("--{flag}")),
            "{name}={value}: {stderr}"
        );
    }
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("secret");
    std::fs::write(&file, "short").unwrap();
    let flags = ["--better-auth-secret-file", file.to_str().unwrap()];
    let stderr = refused(&[], &flags).await;
    assert!(stderr.contains("(--better-auth-secret-file)"), "{stderr}");
}

#[tokio::test]
async fn sec_40_keys_may_be_fetched_without_tls_from_a_named_host() {
    // Not loopback by its form for the settings, and this machine for the system.
    let issuer = TestIssuer::with_key(LOCAL, LOCAL, Algorithm::EdDsa);
    let keys = KeyServer::start(issuer.jwks());
    let url = keys.url().replace("127.0.0.1", "0.0.0.0");
    let data = tempfile::tempdir().unwrap();
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", LOCAL),
        ("BETTER_AUTH_JWKS_URL", url.as_str()),
        ("TASKWARD_ALLOW_HTTP_HOSTS", "0.0.0.0"),
    ];
    let mut server = Running::start(serve(data.path(), &variables, &[])).await;
    // The token waits for the first fetch.
    let client = server.client.with_token(&issuer.token("alice"));
    client.get("/api/me").await.expect(StatusCode::OK);
    server.child.kill().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn sec_07_an_auth_server_on_another_machine_is_warned_about_unless_it_is_named() {
    for (hosts, warns) in [("", true), ("next-app", false)] {
        let data = tempfile::tempdir().unwrap();
        let variables = [
            ("TASKWARD_LISTEN", "127.0.0.1:0"),
            SET,
            ("TASKWARD_AUTH_UPSTREAM", "http://next-app:3000"),
            ("TASKWARD_ALLOW_HTTP_HOSTS", hosts),
        ];
        let log = log_of_a_run(serve(data.path(), &variables, &[])).await;
        let warning = "forwarded to next-app:3000 without TLS";
        assert_eq!(log.contains(warning), warns, "{hosts}: {log}");
    }
}

#[tokio::test]
async fn with_a_key_url_alone_the_issuer_follows_it() {
    let keys = KeyServer::start("");
    let origin = keys.url();
    let origin = origin.split("/api/").next().unwrap();
    let issuer = TestIssuer::with_key(origin, origin, Algorithm::EdDsa);
    keys.set(Reply::Document(issuer.jwks()));
    let data = tempfile::tempdir().unwrap();
    let url = keys.url();
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_JWKS_URL", url.as_str()),
    ];
    let mut server = Running::start(serve(data.path(), &variables, &[])).await;
    let client = server.client.with_token(&issuer.token("alice"));
    client.get("/api/me").await.expect(StatusCode::OK);
    server.child.kill().await.unwrap();
}

#[tokio::test]
async fn sec_29_claims_can_be_optional_with_a_shared_secret() {
    let data = tempfile::tempdir().unwrap();
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", ORIGIN),
        SET,
        ("TASKWARD_OPTIONAL_CLAIMS", "iss,aud"),
    ];
    let mut command = serve(data.path(), &variables, &[]);
    let mut child = command.spawn().unwrap();
    let lines = tokio::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = tokio::io::AsyncBufReadExt::lines(lines);
    for warning in [
        "tokens without `iss` are accepted",
        "tokens without `aud` are accepted",
    ] {
        let line = wait_for(&mut lines, warning).await;
        assert!(line.contains("\"WARN\""), "{line}");
    }
    let listening = wait_for(&mut lines, "\"listening\"").await;
    let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
    wait_for(&mut lines, "(TASKWARD_OPTIONAL_CLAIMS)").await;
    let address = listening["address"].as_str().unwrap().parse().unwrap();
    let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let draft = || issuer.draft("alice");
    let ask = |token: String| async move {
        let client = crate::harness::Client::new(address, Some(token));
        client.get("/api/me").await.status
    };
    let without = draft().without_claim("iss").without_claim("aud");
    assert_eq!(ask(without.sign()).await, StatusCode::OK);
    assert_eq!(ask(draft().sign()).await, StatusCode::OK);
    for refused in [
        draft().claim_str("iss", "http://other.test"),
        draft().claim("iss", "null"),
        draft().claim_str("aud", "other"),
        draft().without_claim("sub").without_claim("iss"),
        draft().without_claim("iss").claim_str("nonce", "n"),
        draft().without_claim("aud").claim_str("client_id", "c"),
    ] {
        assert_eq!(ask(refused.sign()).await, StatusCode::UNAUTHORIZED);
    }
    child.kill().await.unwrap();
}

#[tokio::test]
async fn tokens_of_a_hand_made_issuer_are_accepted_by_its_names() {
    let flags = ["--issuer", "my-app", "--audience", "my-api"];
    let server = Server::start_with(&flags).await;
    let issuer = TestIssuer::with_secret("my-app", "my-api", SECRET);
    let client = server.bearer(&issuer.token("alice"));
    client.get("/api/me").await.expect(StatusCode::OK);
    let other = server.user("alice").get("/api/me").await;
    other.problem(401, "invalid_token");
}

#[tokio::test]
async fn sec_37_the_longest_lifetime_is_a_day_unless_it_is_set() {
    const DAY: i64 = 24 * 60 * 60;
    for (flags, longest) in [
        (&[] as &[&str], DAY),
        (&["--token-lifetime-max", "900"], 900),
        (&["--token-lifetime-max", "7d"], 7 * DAY),
    ] {
        let mut all = vec!["--explain-tokens", "on"];
        all.extend_from_slice(flags);
        let server = Server::start_with(&all).await;
        let draft = |seconds| server.issuer().draft("alice").lifetime(seconds);
        let ask = |token: String| {
            let client = server.bearer(&token);
            async move { client.get("/api/me").await }
        };
        ask(draft(longest).sign()).await.expect(StatusCode::OK);
        // Issuers date `iat` back, so that a receiver whose clock is behind accepts the token.
        let backdated = draft(longest).claim("iat", "1").sign();
        ask(backdated).await.expect(StatusCode::OK);
        let refused = ask(draft(longest + 60).sign())
            .await
            .problem(401, "invalid_token");
        let detail = refused.json()["detail"].to_string();
        assert!(
            detail.contains(&format!("at most {longest} s are allowed")),
            "{detail}"
        );
        let without_iat = |seconds| draft(seconds).without_claim("iat").sign();
        ask(without_iat(longest)).await.expect(StatusCode::OK);
        ask(without_iat(longest + 60))
            .await
            .problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn the_settings_of_tokens_are_in_the_help() {
    let help = Command::new(PROGRAM).args(["serve", "--help"]).output();
    let help = String::from_utf8(help.await.unwrap().stdout).unwrap();
    for name in [
        "BETTER_AUTH_JWKS_FILE",
        "TASKWARD_ALLOW_HTTP_HOSTS",
        "TASKWARD_OPTIONAL_CLAIMS",
        "TASKWARD_TOKEN_LIFETIME_MAX",
        "TASKWARD_EXPLAIN_TOKENS",
    ] {
        assert!(help.contains(name), "--help does not name {name}");
    }
}
