//! Which tokens are accepted in both modes, and how the others are answered.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::TestIssuer;
use data_encoding::BASE64URL_NOPAD;
use tokio::net::TcpListener;

use crate::harness::{ORIGIN, SECRET, Server};

/// Serves a JWKS document as Better Auth does, until the runtime of the test ends. Returns its URL.
async fn publish(document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/api/auth/jwks", get(move || async move { document }));
    crate::harness::serve_router(listener, router);
    format!("http://{address}/api/auth/jwks")
}

async fn server_with_keys(algorithm: Algorithm) -> Server {
    let issuer = TestIssuer::with_key(ORIGIN, ORIGIN, algorithm);
    let url = publish(issuer.jwks()).await;
    let server = Server::start_with_keys(issuer, &url).await;
    // The keys are fetched in the background. A request that needs them earlier is 503, never 401.
    until_ready(&server).await;
    server
}

async fn until_ready(server: &Server) {
    let ready = async {
        while server.anon().get("/readyz").await.status != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ready)
        .await
        .expect("the keys are fetched");
}

/// Tokens that each break one rule.
fn bad_tokens(issuer: &TestIssuer) -> Vec<(&'static str, String)> {
    let draft = || issuer.draft("alice");
    let good = draft().sign();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let none = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    let payload = input.split('.').nth(1).unwrap();
    vec![
        (
            "wrong signature",
            format!("{input}.{flipped}{}", &signature[1..]),
        ),
        ("no signature", format!("{input}.")),
        ("alg none", format!("{none}.{payload}.")),
        (
            "alg none with a signature",
            format!("{none}.{payload}.{signature}"),
        ),
        ("two segments", input.to_owned()),
        ("five segments", format!("{good}.x.y")),
        ("padding", format!("{good}=")),
        (
            "not base64",
            format!(
                "{}!.{payload}.{signature}",
                input.split('.').next().unwrap()
            ),
        ),
        (
            "too long",
            draft().claim_str("name", &"x".repeat(9_000)).sign(),
        ),
        (
            "issuer of another server",
            draft().claim_str("iss", "http://other.test").sign(),
        ),
        (
            "issuer with a slash",
            draft().claim_str("iss", &format!("{ORIGIN}/")).sign(),
        ),
        (
            "audience of another server",
            draft().claim_str("aud", "http://other.test").sign(),
        ),
        ("empty audience", draft().claim("aud", "[]").sign()),
        ("not yet valid", draft().claim("nbf", "4102444800").sign()),
        (
            "issued in the future",
            draft().claim("iat", "4102444800").sign(),
        ),
        ("no exp", draft().without_claim("exp").sign()),
        ("no iss", draft().without_claim("iss").sign()),
        ("no aud", draft().without_claim("aud").sign()),
        ("no sub", draft().without_claim("sub").sign()),
        ("empty sub", draft().claim_str("sub", "").sign()),
        ("numeric sub", draft().claim("sub", "7").sign()),
        (
            "exp as a text",
            draft().claim("exp", "\"4102444800\"").sign(),
        ),
        (
            "an access token",
            draft().header("typ", "\"at+jwt\"").sign(),
        ),
        (
            "a session cache",
            draft()
                .header("typ", "\"better-auth.session-cache+jwt\"")
                .sign(),
        ),
        (
            "an access token of an OAuth client",
            draft().claim_str("client_id", "c").sign(),
        ),
        (
            "a token of an authorized party",
            draft().claim("azp", "null").sign(),
        ),
        ("an id token", draft().claim_str("nonce", "n").sign()),
        (
            "bound to a key",
            draft().claim("cnf", "{\"jkt\":\"x\"}").sign(),
        ),
        (
            "a critical extension",
            draft().header("crit", "[\"b64\"]").sign(),
        ),
        // Better Auth sends this by e-mail to confirm an address. It is signed with the same secret, but is no access token.
        (
            "an e-mail verification token",
            issuer.sign(
                r#"{"alg":"HS256"}"#,
                r#"{"email":"a@b.example","iat":1,"exp":4102444800}"#,
            ),
        ),
        (
            "a sub with a control character",
            draft().claim_str("sub", "a\u{1}b").sign(),
        ),
    ]
}

async fn refuses_bad_tokens(server: &Server) {
    for (what, token) in bad_tokens(server.issuer()) {
        for path in [
            "/api/me",
            "/api/users/me/tasks",
            "/api/users/alice/tasks",
            "/api/users/bob/tasks",
        ] {
            let answer = server.bearer(&token).get(path).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
            let answer = answer.problem(401, "invalid_token");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(
                challenge.starts_with("Bearer realm=\"taskward\", error=\"invalid_token\""),
                "{what}: {challenge}"
            );
        }
    }
    let expired = server.issuer().draft("alice").lifetime(-60).sign();
    let answer = server
        .bearer(&expired)
        .get("/api/me")
        .await
        .problem(401, "expired_token");
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    // Within the tolerance for clocks that differ.
    server
        .bearer(&server.issuer().draft("alice").lifetime(-5).sign())
        .get("/api/me")
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn sec_29_shared_secret_mode_accepts_only_valid_tokens() {
    let server = Server::start().await;
    assert_eq!(
        server
            .user("alice")
            .get("/api/me")
            .await
            .expect(StatusCode::OK)
            .json()["user_id"],
        "alice"
    );
    let several = server
        .issuer()
        .draft("alice")
        .claim("aud", &format!("[\"x\",\"{ORIGIN}\"]"))
        .sign();
    server
        .bearer(&several)
        .get("/api/me")
        .await
        .expect(StatusCode::OK);
    refuses_bad_tokens(&server).await;
    let other = TestIssuer::with_secret(
        ORIGIN,
        ORIGIN,
        "another secret, just as long as the first one",
    );
    server
        .bearer(&other.token("alice"))
        .get("/api/me")
        .await
        .problem(401, "invalid_token");
}

#[tokio::test]
async fn sec_29_jwks_mode_accepts_only_valid_tokens() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let server = server_with_keys(algorithm).await;
        assert_eq!(
            server
                .user("alice")
                .get("/api/me")
                .await
                .expect(StatusCode::OK)
                .json()["user_id"],
            "alice"
        );
        refuses_bad_tokens(&server).await;
        let other = TestIssuer::with_key(ORIGIN, ORIGIN, algorithm);
        server
            .bearer(&other.token("alice"))
            .get("/api/me")
            .await
            .problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn sec_19_jwks_mode_accepts_no_token_signed_with_a_secret() {
    let server = server_with_keys(Algorithm::EdDsa).await;
    let jwks: serde_json::Value = serde_json::from_str(&server.issuer().jwks()).unwrap();
    let public_key = BASE64URL_NOPAD
        .decode(jwks["keys"][0]["x"].as_str().unwrap().as_bytes())
        .unwrap();
    let kid = jwks["keys"][0]["kid"].to_string();
    // The secret is configured, but tokens signed with it are refused.
    let forgers = [
        TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET),
        TestIssuer::with_secret(ORIGIN, ORIGIN, &server.issuer().jwks()),
        TestIssuer::with_secret(ORIGIN, ORIGIN, &BASE64URL_NOPAD.encode(&public_key)),
    ];
    for forger in forgers {
        server
            .bearer(&forger.token("alice"))
            .get("/api/me")
            .await
            .problem(401, "invalid_token");
        let named = forger.draft("alice").header("kid", &kid).sign();
        server
            .bearer(&named)
            .get("/api/me")
            .await
            .problem(401, "invalid_token");
        let disguised = forger
            .draft("alice")
            .header("kid", &kid)
            .header("alg", "\"EdDSA\"")
            .sign();
        server
            .bearer(&disguised)
            .get("/api/me")
            .await
            .problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn sec_46_without_keys_tokens_are_answered_with_503() {
    let issuer = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
    // A closed port: bound, then released.
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let server = Server::start_with_keys(issuer, &format!("http://{closed}/api/auth/jwks")).await;
    let answer = server
        .user("alice")
        .get("/api/me")
        .await
        .problem(503, "keys_unavailable");
    assert!(
        answer
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    assert_eq!(answer.header("www-authenticate"), None);
    server.anon().get("/readyz").await.problem(503, "not_ready");
    server.anon().get("/healthz").await.expect(StatusCode::OK);
    // Without a token the keys are not needed.
    server
        .anon()
        .get("/api/me")
        .await
        .problem(401, "missing_token");
}

#[tokio::test]
async fn sec_02_at_most_one_bearer_credential_is_accepted() {
    let server = Server::start().await;
    let token = server.issuer().token("alice");
    let bearer = format!("Bearer {token}");
    let ask = |values: Vec<String>| {
        let client = server.anon();
        async move {
            let fields: Vec<_> = values
                .iter()
                .map(|value| ("authorization", value.as_str()))
                .collect();
            client
                .request(
                    axum::http::Method::GET,
                    "/api/me",
                    &fields,
                    axum::body::Body::empty(),
                )
                .await
        }
    };
    for fine in [
        bearer.clone(),
        format!("bearer {token}"),
        format!("BEARER   {token}"),
    ] {
        ask(vec![fine]).await.expect(StatusCode::OK);
    }
    let twice = ask(vec![bearer.clone(), bearer.clone()])
        .await
        .problem(400, "multiple_credentials");
    assert!(
        twice
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_request\"")
    );
    for missing in [
        "Basic YTpi".to_owned(),
        token.clone(),
        format!("Token {token}"),
        "Negotiate x".to_owned(),
    ] {
        ask(vec![missing]).await.problem(401, "missing_token");
    }
    for bad in [
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
        format!("Bearer {token} x"),
        format!("Bearer {token},"),
        format!("Bearer\t{token}"),
    ] {
        assert_eq!(ask(vec![bad]).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn sec_04_a_session_token_is_refused_with_a_hint() {
    let server = Server::start().await;
    let raw = "Y48ls7brtzBNQLSzv6SRYRw4gPRN8rIX";
    for token in [
        raw.to_owned(),
        format!("{raw}.bxwE8eV0unUlGlDZYmogccQuJshbnmKaj8UUFts8oNg="),
    ] {
        let answer = server
            .bearer(&token)
            .get("/api/me")
            .await
            .problem(401, "session_token");
        let problem = answer.json();
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("/api/auth/token")
        );
        assert!(
            !String::from_utf8_lossy(&answer.body).contains(raw),
            "the answer must not repeat the token"
        );
    }
}

#[tokio::test]
async fn sec_20_only_the_current_and_the_previous_secret_are_accepted() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let previous = "the secret before the rotation, long enough";
    std::fs::write(file.path(), format!("{previous}\n")).unwrap();
    let server = Server::start_with(&[
        "--better-auth-secret-previous-file",
        file.path().to_str().unwrap(),
    ])
    .await;
    let old = TestIssuer::with_secret(ORIGIN, ORIGIN, previous);
    server
        .bearer(&old.token("alice"))
        .get("/api/me")
        .await
        .expect(StatusCode::OK);
    server
        .user("alice")
        .get("/api/me")
        .await
        .expect(StatusCode::OK);
    let older = TestIssuer::with_secret(
        ORIGIN,
        ORIGIN,
        "the secret before that one, which is long gone",
    );
    server
        .bearer(&older.token("alice"))
        .get("/api/me")
        .await
        .problem(401, "invalid_token");
}
