//! What a 401 says about the token.

use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::TestIssuer;

use crate::harness::{ORIGIN, SECRET, Server};
#[cfg(unix)]
use crate::harness::{log_of_a_run, serve};

const LOCAL: &str = "http://localhost:3000";

/// Flags, and whether a 401 says what failed.
const EXPLAINS: [(&[&str], bool); 7] = [
    (&["--better-auth-url", LOCAL], true),
    (&["--better-auth-url", "http://127.0.0.1:3000"], true),
    (&[], false),
    (
        &[
            "--better-auth-url",
            LOCAL,
            "--trusted-proxies",
            "127.0.0.1/32",
        ],
        false,
    ),
    (
        &["--better-auth-url", LOCAL, "--listen", "0.0.0.0:0"],
        false,
    ),
    (
        &["--better-auth-url", LOCAL, "--explain-tokens", "off"],
        false,
    ),
    (&["--explain-tokens", "on"], true),
];

#[tokio::test]
async fn sec_04_a_401_says_what_failed_only_in_development_or_if_set() {
    for (flags, explains) in EXPLAINS {
        let server = Server::start_with(flags).await;
        let origin = match flags {
            ["--better-auth-url", origin, ..] => *origin,
            _ => ORIGIN,
        };
        let issuer = TestIssuer::with_secret(origin, origin, SECRET);
        let draft = || issuer.draft("alice");
        let wrong = "http://other.test/\u{202e}\"\u{1}".to_owned() + &"x".repeat(200);
        let wrong = serde_json::to_string(&wrong).unwrap();
        let excerpt = format!(
            "http://other.test/\\u{{202e}}\\\"\\u{{1}}{}",
            "x".repeat(27)
        );
        let keys = TestIssuer::with_key(origin, origin, Algorithm::EdDsa);
        let cases = [
            (
                draft().claim("iss", &wrong).sign(),
                format!("the issuer is \"{excerpt}"),
                "invalid_token",
                origin,
            ),
            (
                draft().claim_str("aud", "api").sign(),
                "the audience is \"api\"".into(),
                "invalid_token",
                origin,
            ),
            (
                keys.token("alice"),
                "the algorithm is \"EdDSA\", expected HS256".into(),
                "invalid_token",
                "",
            ),
            (
                draft().lifetime(-90).sign(),
                "the token expired at ".into(),
                "expired_token",
                "",
            ),
            (
                draft().without_claim("sub").sign(),
                "the claim `sub` is missing".into(),
                "invalid_token",
                "",
            ),
        ];
        for (token, reason, code, expected) in cases {
            let answer = server
                .bearer(&token)
                .get("/api/me")
                .await
                .problem(401, code);
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            let fixed = match code {
                "expired_token" => "The bearer token has expired",
                _ => "The bearer token is not valid here",
            };
            assert!(detail.len() < 300, "{detail}");
            if explains {
                assert!(
                    detail.starts_with(&format!("{fixed}: {reason}")),
                    "{flags:?}: {detail}"
                );
                assert!(detail.contains(expected), "{flags:?}: {detail}");
            } else {
                assert_eq!(detail, format!("{fixed}."), "{flags:?}");
            }
            // The header has the fixed text in any case.
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(
                challenge.contains(&format!("error_description=\"{fixed}.\"")),
                "{challenge}"
            );
        }
        let session = server.bearer("Y48ls7brtzBNQLSzv6SRYRw4gPRN8rIX");
        let answer = session.get("/api/me").await.problem(401, "session_token");
        assert!(
            answer.json()["detail"]
                .as_str()
                .unwrap()
                .contains("/api/auth/token")
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sec_04_explaining_beyond_this_machine_is_warned_about() {
    for (address, warns) in [("127.0.0.1:0", false), ("0.0.0.0:0", true)] {
        let data = tempfile::tempdir().unwrap();
        let variables = [
            ("TASKWARD_LISTEN", address),
            ("BETTER_AUTH_SECRET", SECRET),
            ("BETTER_AUTH_URL", LOCAL),
            ("TASKWARD_EXPLAIN_TOKENS", "on"),
        ];
        let log = log_of_a_run(serve(data.path(), &variables, &[])).await;
        let warning = "TASKWARD_EXPLAIN_TOKENS is on beyond this machine";
        assert_eq!(log.contains(warning), warns, "{log}");
    }
}
