//! The axum extractor, with a router and a socket.

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{KeySet, VerifiedToken, Verifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::setup::{ManualClock, NOW, secret, secret_setup, verifier_builder};

#[derive(Clone)]
struct App {
    verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

async fn required(token: VerifiedToken) -> String {
    token.subject().to_owned()
}

async fn optional(token: Option<VerifiedToken>) -> String {
    token.map_or_else(|| "nobody".to_owned(), |token| token.subject().to_owned())
}

/// Sends a request with these header lines to a new server. Returns the response head in lower case, and the body.
async fn request(verifier: Verifier, path: &str, lines: &str) -> (String, String) {
    let app = Router::new()
        .route("/required", get(required))
        .route("/optional", get(optional))
        .with_state(App { verifier });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: api.test\r\nconnection: close\r\n{lines}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    server.abort();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn issuer() -> (TestIssuer, Verifier) {
    let (issuer, _) = secret_setup();
    let clock = ManualClock::at(NOW);
    (
        issuer,
        verifier_builder()
            .shared_secret(secret())
            .realm("todo list")
            .clock(clock)
            .build()
            .unwrap(),
    )
}

#[tokio::test]
async fn sec_01_a_handler_receives_the_verified_token() {
    let (issuer, verifier) = issuer();
    for path in ["/required", "/optional"] {
        let (head, body) = request(verifier.clone(), path, &bearer(&issuer.token("alice"))).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert_eq!(body, "alice");
    }
    let token = issuer.token("alice");
    let (head, _) = request(
        verifier,
        &format!("/required?access_token={token}"),
        &format!("cookie: token={token}\r\n"),
    )
    .await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
}

#[tokio::test]
async fn sec_03_rejections_are_problem_json_with_a_challenge() {
    let (issuer, verifier) = issuer();
    let good = bearer(&issuer.token("alice"));
    let cases = [
        (
            String::new(),
            401,
            "missing_token",
            r#"www-authenticate: bearer realm="todo list""#,
        ),
        (
            bearer("nonsense"),
            401,
            "invalid_token",
            r#"error="invalid_token""#,
        ),
        (
            bearer(&issuer.draft("a").lifetime(-60).sign()),
            401,
            "expired_token",
            r#"error="invalid_token""#,
        ),
        (
            bearer(&"x".repeat(32)),
            401,
            "session_token",
            r#"error="invalid_token""#,
        ),
        (
            format!("{good}{good}"),
            400,
            "multiple_credentials",
            r#"error="invalid_request""#,
        ),
    ];
    for (lines, status, code, challenge) in cases {
        let (head, body) = request(verifier.clone(), "/required", &lines).await;
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
        assert!(head.contains(challenge), "{head}");
        assert!(
            head.contains("content-type: application/problem+json"),
            "{head}"
        );
        assert!(head.contains("cache-control: no-store"), "{head}");
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (problem["status"].as_u64(), problem["code"].as_str()),
            (Some(status), Some(code))
        );
        assert!(problem["title"].is_string() && problem["type"] == "about:blank");
        assert_eq!(head.contains("error="), code != "missing_token");
    }
}

#[tokio::test]
async fn sec_02_an_optional_token_is_rejected_if_it_is_invalid() {
    let (_, verifier) = issuer();
    let (head, body) = request(verifier.clone(), "/optional", "").await;
    assert!(
        head.starts_with("http/1.1 200") && body == "nobody",
        "{head}"
    );
    for lines in [
        bearer("nonsense"),
        "authorization: basic abc\r\n".to_owned(),
    ] {
        let (head, _) = request(verifier.clone(), "/optional", &lines).await;
        assert!(head.starts_with("http/1.1 401"), "{head}");
    }
}

#[tokio::test]
async fn sec_46_without_keys_the_response_is_503_with_retry_after() {
    struct NoKeys;
    impl better_auth_verifier::KeySource for NoKeys {
        fn keys(&self) -> Result<KeySet, better_auth_verifier::KeysUnavailable> {
            let retry_after = std::time::Duration::from_secs(7);
            Err(better_auth_verifier::KeysUnavailable { retry_after })
        }
    }
    let issuer = TestIssuer::with_key(
        crate::setup::ISSUER,
        crate::setup::AUDIENCE,
        better_auth_verifier::Algorithm::EdDsa,
    );
    let verifier = verifier_builder().key_source(NoKeys).build().unwrap();
    let (head, body) = request(verifier, "/required", &bearer(&issuer.token("alice"))).await;
    assert!(
        head.starts_with("http/1.1 503") && head.contains("retry-after: 7"),
        "{head}"
    );
    assert!(
        !head.contains("www-authenticate") && body.contains("keys_unavailable"),
        "{head}{body}"
    );
}

#[test]
fn a_realm_that_needs_escapes_cannot_be_configured() {
    for realm in ["", "a\"b", "a\\b", "a\r\nb", "caf\u{e9}"] {
        assert!(
            verifier_builder()
                .shared_secret(secret())
                .realm(realm)
                .build()
                .is_err(),
            "{realm:?}"
        );
    }
}
