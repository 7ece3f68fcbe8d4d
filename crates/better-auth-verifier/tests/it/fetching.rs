//! Remote key sets over real sockets.

use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use better_auth_verifier::{
    Algorithm, FetchError, KeySetError, RemoteKeySet, RemoteKeySetBuilder, RemoteKeySetError,
    RsaAlgorithm, SkipReason, Verifier, VerifyError,
};

use crate::setup::{
    AUDIENCE, ISSUER, ManualClock, NOW, verifier_builder, wait_until, with_timeout,
};

const SHORT: Duration = Duration::from_millis(100);

fn verifier(keys: &RemoteKeySet) -> Verifier {
    verifier_builder().key_source(keys.clone()).build().unwrap()
}

fn issuer() -> TestIssuer {
    TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa)
}

/// An issuer, its key server, and a remote key set that has loaded its keys.
async fn loaded(
    options: fn(RemoteKeySetBuilder) -> RemoteKeySetBuilder,
) -> (TestIssuer, KeyServer, RemoteKeySet) {
    let issuer = issuer();
    let server = KeyServer::start(issuer.jwks());
    let keys = options(RemoteKeySet::builder(&server.url()))
        .start()
        .unwrap();
    with_timeout(keys.ready()).await;
    (issuer, server, keys)
}

/// Polls once. `None` if the future is pending.
fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn sec_40_the_url_is_https_loopback_or_explicitly_allowed_without_user() {
    let start = |url: &str| RemoteKeySet::start(url).map(drop);
    for url in [
        "https://auth.test/api/auth/jwks",
        "http://localhost:1/jwks",
        "http://LOCALHOST:1/jwks",
        "http://127.0.0.1:1/jwks",
        "http://127.9.9.9:1/jwks",
        "http://[::1]:1/jwks",
    ] {
        assert_eq!(start(url), Ok(()), "{url}");
    }
    for url in [
        "http://auth.test/jwks",
        "http://10.0.0.1/jwks",
        "http://localhost.evil.test/jwks",
        "http://127.0.0.1.evil.test/jwks",
        "http://[::2]/jwks",
    ] {
        assert_eq!(start(url), Err(RemoteKeySetError::InsecureUrl), "{url}");
        assert!(
            RemoteKeySet::builder(url)
                .allow_insecure_http()
                .start()
                .is_ok(),
            "{url}"
        );
    }
    for url in [
        "https://user:pass@auth.test/jwks",
        "https://user@auth.test/jwks",
        "http://a@localhost/jwks",
    ] {
        assert_eq!(start(url), Err(RemoteKeySetError::UserInfo), "{url}");
    }
    for url in [
        "",
        "/jwks",
        "auth.test/jwks",
        "ftp://auth.test/jwks",
        "https:///jwks",
        "https://auth.test/#jwks",
    ] {
        assert_eq!(start(url), Err(RemoteKeySetError::InvalidUrl), "{url}");
    }
}

#[test]
fn starting_outside_a_runtime_is_an_error() {
    assert_eq!(
        RemoteKeySet::start("http://127.0.0.1:1/").map(drop),
        Err(RemoteKeySetError::NoRuntime)
    );
}

#[tokio::test]
async fn sec_40_only_the_configured_request_is_sent() {
    let (issuer, server, keys) = loaded(|builder| builder).await;
    let verifier = verifier(&keys);
    let token = issuer
        .draft("alice")
        .header("kid", r#""canary-kid""#)
        .header("jku", r#""http://x""#)
        .sign();
    assert_eq!(
        verifier.verify(&token).await.unwrap_err().code(),
        "unknown_key"
    );
    let head = server.last_request().unwrap().to_lowercase();
    assert_eq!(server.requests(), 2);
    assert!(
        head.starts_with("get /api/auth/jwks http/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains("accept-encoding: identity\r\n")
            && head.contains("accept: application/json\r\n")
    );
    for forbidden in ["canary-kid", "cookie", "authorization", "referer", &token] {
        assert!(!head.contains(forbidden), "{head}");
    }
}

#[tokio::test]
async fn sec_40_sec_41_any_other_response_fails_and_removes_no_keys() {
    let elsewhere = KeyServer::start(issuer().jwks());
    let raw = |text: &str| Reply::Raw(text.as_bytes().to_vec());
    let status = |status: u16| FetchError::Status {
        status,
        retry_after: None,
    };
    let not_a_key_set = || FetchError::Document(KeySetError::NotAKeySet);
    let chunk = format!("{:x}\r\n{}\r\n", 30_000, " ".repeat(30_000));
    let cases = [
        (
            Reply::Status(302, vec![("location".into(), elsewhere.url())]),
            status(302),
        ),
        (
            Reply::Status(307, vec![("location".into(), elsewhere.url())]),
            status(307),
        ),
        (Reply::Status(204, vec![]), status(204)),
        (Reply::Status(404, vec![]), status(404)),
        (Reply::Status(500, vec![]), status(500)),
        (
            Reply::Status(429, vec![("X-Retry-After".into(), "0".into())]),
            FetchError::Status {
                status: 429,
                retry_after: Some(Duration::ZERO),
            },
        ),
        (
            Reply::Status(
                503,
                vec![("retry-after".into(), "Fri, 31 Dec 2027 23:59:59 GMT".into())],
            ),
            status(503),
        ),
        (Reply::Document("<html></html>".into()), not_a_key_set()),
        (Reply::Document("{}".into()), not_a_key_set()),
        (Reply::Document(String::new()), not_a_key_set()),
        (
            Reply::Document(format!(r#"{{"keys":[]}}{}"#, " ".repeat(70_000))),
            FetchError::TooLarge,
        ),
        (
            Reply::Raw(
                format!(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}{chunk}"
                )
                .into(),
            ),
            FetchError::TooLarge,
        ),
        (
            Reply::Raw(
                format!(
                    "HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 11\r\n\r\n{{\"keys\":[]}}",
                    "x".repeat(20_000)
                )
                .into(),
            ),
            FetchError::Protocol,
        ),
        (
            raw(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}",
            ),
            FetchError::Encoded,
        ),
        (
            raw("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"keys\":[]}"),
            FetchError::Protocol,
        ),
        (raw("HTTP/1.1 100 Continue\r\n\r\n"), FetchError::Protocol),
        (raw("hello"), FetchError::Protocol),
        (raw(""), FetchError::Protocol),
        (Reply::Hang, FetchError::Timeout),
    ];
    let (issuer, server, keys) = loaded(|builder| {
        builder
            .cool_down(Duration::from_millis(1))
            .fetch_limit(Duration::from_millis(300))
    })
    .await;
    let verifier = verifier(&keys);
    let unknown = issuer.draft("alice").header("kid", r#""unknown""#).sign();
    for (reply, error) in cases {
        let failures = keys.status().failures;
        server.set(reply);
        // Two failures, because the first fetch may have started before the reply changed.
        with_timeout(async {
            while keys.status().failures < failures + 2 {
                let refused = verifier.verify(&unknown).await.unwrap_err();
                assert_eq!(refused.code(), "unknown_key", "{error}");
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(keys.status().last_failure, Some(error));
        assert_eq!(keys.status().keys, 1);
        assert!(verifier.verify_now(&issuer.token("alice")).is_ok());
    }
    assert_eq!(elsewhere.requests(), 0, "redirects are not followed");
    server.set(Reply::Document(issuer.jwks()));
    with_timeout(async {
        while keys.status().last_failure.is_some() {
            let _refused = verifier.verify(&unknown).await;
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn sec_41_a_document_of_the_maximum_size_is_accepted() {
    const LIMIT: usize = 64 * 1_024;
    let document = issuer().jwks();
    let largest = format!("{document}{}", " ".repeat(LIMIT - document.len()));
    let (first, second) = largest.split_at(LIMIT / 2);
    let chunks = [first, second, ""].map(|part| format!("{:x}\r\n{part}\r\n", part.len()));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunked = Reply::Raw(format!("{head}{}", chunks.concat()).into());
    for reply in [Reply::Document(largest.clone()), chunked] {
        let server = KeyServer::start("");
        server.set(reply);
        let keys = RemoteKeySet::start(&server.url()).unwrap();
        wait_until(|| keys.is_ready() || keys.status().failures > 0).await;
        assert_eq!(keys.status().last_failure, None);
    }
}

#[tokio::test]
async fn sec_43_retry_after_is_respected() {
    for name in ["Retry-After", "X-Retry-After"] {
        let (issuer, server, keys) = loaded(|builder| builder.cool_down(SHORT)).await;
        let verifier = verifier(&keys);
        let unknown = issuer.draft("alice").header("kid", r#""unknown""#).sign();
        server.set(Reply::Status(429, vec![(name.into(), "60".into())]));
        assert!(verifier.verify(&unknown).await.is_err());
        let failure = Instant::now();
        assert_eq!(keys.status().failures, 1);
        wait_until(|| failure.elapsed() > SHORT * 2).await;
        let refused = poll_once(verifier.verify(&unknown)).expect("it does not wait");
        assert_eq!(refused.unwrap_err().code(), "unknown_key");
        assert_eq!(server.requests(), 2, "{name}");
    }
}

#[tokio::test]
async fn sec_40_a_refused_connection_is_a_failed_fetch() {
    let unused = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let keys = RemoteKeySet::start(&format!("http://{unused}/jwks")).unwrap();
    wait_until(|| keys.status().last_failure == Some(FetchError::Connect)).await;
    assert!(!keys.is_ready());
}

#[tokio::test]
async fn sec_42_a_reused_kid_uses_the_new_key_and_a_removed_key_is_refused() {
    let (mut issuer, server, keys) =
        loaded(|builder| builder.cool_down(Duration::from_millis(1))).await;
    let verifier = verifier(&keys);
    let old = issuer.token("alice");
    assert!(verifier.verify(&old).await.is_ok());
    issuer.replace_key(Algorithm::EdDsa);
    server.set(Reply::Document(issuer.jwks()));
    let new = issuer.token("alice");
    // The key is known, so the token is refused without waiting. A refetch starts in the background.
    assert_eq!(
        poll_once(verifier.verify(&new))
            .unwrap()
            .unwrap_err()
            .code(),
        "bad_signature"
    );
    wait_until(|| verifier.verify_now(&new).is_ok()).await;
    assert_eq!(
        verifier.verify_now(&old).unwrap_err().code(),
        "bad_signature",
        "also if it was cached"
    );
    issuer.rotate(Algorithm::Es256);
    issuer.retire_old_keys();
    server.set(Reply::Document(issuer.jwks()));
    let newest = issuer.token("alice");
    wait_until(|| verifier.verify_now(&newest).is_ok()).await;
    assert_eq!(
        verifier.verify_now(&new).unwrap_err().code(),
        "unknown_key",
        "also if it was cached"
    );
}

#[tokio::test]
async fn sec_42_an_empty_set_refuses_tokens_without_503() {
    let (issuer, server, keys) =
        loaded(|builder| builder.cool_down(Duration::from_millis(1))).await;
    let verifier = verifier(&keys);
    server.set(Reply::Document(r#"{"keys":[]}"#.into()));
    let _refused = verifier
        .verify(&issuer.draft("alice").header("kid", r#""unknown""#).sign())
        .await;
    wait_until(|| keys.status().keys == 0).await;
    assert!(keys.is_ready());
    assert!(keys.status().empty_for.is_some());
    assert_eq!(
        verifier
            .verify_now(&issuer.token("alice"))
            .unwrap_err()
            .code(),
        "unknown_key"
    );
    server.set(Reply::Document(issuer.jwks()));
    with_timeout(async {
        while verifier.verify(&issuer.token("alice")).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(keys.status().empty_for, None);
}

#[tokio::test]
async fn sec_46_a_first_set_without_usable_keys_is_no_key_set() {
    let issuer = issuer();
    let without_alg = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::Rs256)
        .jwks()
        .replace(r#""alg":"RS256","#, "");
    let symmetric = r#"{"keys":[{"kty":"oct","kid":"1","k":"AA"},7]}"#;
    for (document, skipped) in [
        (r#"{"keys":[]}"#, "the key set is empty"),
        (without_alg.as_str(), "skipped: unsupported"),
        (symmetric, "skipped: symmetric_or_private, malformed"),
    ] {
        let server = KeyServer::start(document);
        let keys = RemoteKeySet::builder(&server.url())
            .refresh_every(Duration::from_millis(20))
            .start()
            .unwrap();
        let verifier = verifier(&keys);
        wait_until(|| keys.status().failures >= 2).await;
        assert!(!keys.is_ready(), "{document}");
        let status = keys.status();
        let failure = status.last_failure.unwrap();
        assert!(failure.to_string().contains(skipped), "{failure}");
        assert_eq!((failure.code(), status.empty_for), ("no_usable_keys", None));
        let refused = verifier.verify(&issuer.token("alice")).await.unwrap_err();
        assert_eq!(refused.code(), "no_keys", "{document}");
        server.set(Reply::Document(issuer.jwks()));
        with_timeout(keys.ready()).await;
        assert!(verifier.verify(&issuer.token("alice")).await.is_ok());
    }
}

#[tokio::test]
async fn sec_43_a_token_with_a_new_kid_waits_for_the_fetch() {
    let (mut issuer, server, keys) = loaded(|builder| builder).await;
    let verifier = verifier(&keys);
    assert_eq!(
        verifier
            .verify(&issuer.token("alice"))
            .await
            .unwrap()
            .subject(),
        "alice"
    );
    issuer.rotate(Algorithm::Es256);
    server.set(Reply::Document(issuer.jwks()));
    let token = issuer.token("bob");
    let (one, other) = tokio::join!(verifier.verify(&token), verifier.verify(&token));
    assert_eq!(
        (one.unwrap().subject(), other.unwrap().subject()),
        ("bob", "bob")
    );
    assert_eq!(server.requests(), 2, "single flight");
}

#[tokio::test]
async fn sec_43_a_token_joins_the_fetch_in_flight_and_requests_another_only_if_needed() {
    let issuer = issuer();
    let token = issuer.token("alice");
    let without = r#"{"keys":[]}"#.to_owned();
    for documents in [vec![issuer.jwks()], vec![without, issuer.jwks()]] {
        let fetches = u64::try_from(documents.len()).unwrap();
        let (url, requests, respond) = serve_stepwise(documents);
        let keys = RemoteKeySet::start(&url).unwrap();
        let verifier = verifier(&keys);
        wait_until(|| requests.try_recv().is_ok()).await;
        // The server responds after the token has started to wait.
        let (result, ()) = tokio::join!(verifier.verify(&token), async {
            (0..fetches).for_each(|_| respond.send(()).unwrap());
        });
        assert_eq!(result.unwrap().subject(), "alice");
        let status = keys.status();
        assert_eq!((status.fetches, status.triggered), (fetches, fetches - 1));
    }
}

/// Serves the documents in order. Reports each request on the receiver, and responds after a message on the sender.
fn serve_stepwise(documents: Vec<String>) -> (String, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let (requested, requests) = mpsc::channel();
    let (respond, may_respond) = mpsc::channel();
    thread::spawn(move || {
        for document in documents {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            assert!(
                lines.any(|line| line.unwrap().is_empty()),
                "the request head is complete"
            );
            requested.send(()).unwrap();
            may_respond.recv().unwrap();
            let length = document.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            (&stream).write_all((head + &document).as_bytes()).unwrap();
        }
    });
    (url, requests, respond)
}

#[tokio::test]
async fn sec_43_ten_thousand_unknown_kids_cause_one_fetch_for_any_response() {
    let replies = [
        Reply::Hang,
        Reply::Status(500, vec![]),
        Reply::Document(r#"{"keys":[]}"#.into()),
        Reply::Document(issuer().jwks()),
    ];
    for reply in replies {
        let (issuer, server, keys) = loaded(|builder| builder.fetch_limit(SHORT)).await;
        let verifier = verifier(&keys);
        // Not 1: on a slow machine the first fetch may time out and be retried.
        let requests_before = server.requests();
        server.set(reply.clone());
        let template = issuer
            .draft("alice")
            .header("kid", r#""KID""#)
            .header_json();
        let claims = issuer.draft("alice").claims_json();
        for number in 0..10_000 {
            let header = template.replace("KID", &number.to_string());
            let token = if number % 1_000 == 0 {
                issuer.sign(header, &claims)
            } else {
                // The signature is not checked, because the key is unknown.
                let text = |json: &str| data_encoding::BASE64URL_NOPAD.encode(json.as_bytes());
                format!("{}.{}.AAAA", text(&header), text(&claims))
            };
            let refused = if number % 100 == 0 {
                verifier.verify(&token).await.unwrap_err()
            } else {
                verifier.verify_now(&token).unwrap_err()
            };
            assert_eq!(refused.code(), "unknown_key");
        }
        assert_eq!(keys.status().triggered, 1, "{reply:?}");
        assert_eq!(server.requests(), requests_before + 1, "{reply:?}");
    }
}

#[tokio::test]
async fn sec_43_only_otherwise_valid_tokens_trigger_a_fetch() {
    let (issuer, server, keys) = loaded(|builder| builder).await;
    let verifier = verifier(&keys);
    let draft = || issuer.draft("alice").header("kid", r#""unknown""#);
    let invalid = [
        draft().claim_str("iss", "https://evil.test").sign(),
        draft().claim_str("aud", "other").sign(),
        draft().lifetime(-60).sign(),
        draft().without_claim("exp").sign(),
        draft().claim("nbf", "9999999999").sign(),
        draft().without_claim("iss").sign(),
        draft().without_claim("aud").sign(),
        draft().header("alg", r#""HS256""#).sign(),
        draft().header("typ", r#""at+jwt""#).sign(),
        draft().header("crit", "[]").sign(),
        issuer.sign(draft().header_json(), "not json"),
        format!("{}.!!!!.AAAA", draft().sign().split('.').next().unwrap()),
    ];
    for token in &invalid {
        let refused = poll_once(verifier.verify(token)).expect("it does not wait");
        assert!(refused.unwrap_err().is_client_fault());
    }
    assert_eq!((server.requests(), keys.status().triggered), (1, 0));
    assert!(
        poll_once(verifier.verify(&draft().sign())).is_none(),
        "it waits for the fetch"
    );
    wait_until(|| keys.status().triggered == 1).await;
}

#[tokio::test]
async fn sec_44_known_keys_do_not_wait_and_unknown_keys_time_out() {
    let (issuer, server, keys) = loaded(|builder| {
        builder
            .fetch_limit(Duration::from_millis(300))
            .refresh_every(Duration::from_millis(50))
    })
    .await;
    let verifier = verifier(&keys);
    server.set(Reply::Hang);
    let requests_before = server.requests();
    wait_until(|| server.requests() > requests_before).await;
    let unknown = issuer.draft("alice").header("kid", r#""unknown""#).sign();
    let waiting = {
        let verifier = verifier.clone();
        tokio::spawn(async move {
            let started = Instant::now();
            (verifier.verify(&unknown).await, started.elapsed())
        })
    };
    tokio::task::yield_now().await;
    for number in 0..1_000 {
        let token = issuer.token(&number.to_string());
        assert!(
            poll_once(verifier.verify(&token))
                .expect("the key is known")
                .is_ok()
        );
    }
    let (result, waited) = with_timeout(waiting).await.unwrap();
    assert_eq!(result.unwrap_err().code(), "unknown_key");
    assert!(waited < Duration::from_secs(3), "{waited:?}");
}

#[tokio::test]
async fn sec_33_the_cool_down_does_not_depend_on_the_wall_clock() {
    let clock = ManualClock::at(NOW);
    let issuer = issuer().clock(clock.clone());
    let server = KeyServer::start(issuer.jwks());
    let keys = RemoteKeySet::builder(&server.url())
        .cool_down(SHORT)
        .start()
        .unwrap();
    with_timeout(keys.ready()).await;
    let verifier = verifier_builder()
        .key_source(keys.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    let unknown = || issuer.draft("alice").header("kid", r#""unknown""#).sign();
    let _refused = verifier.verify(&unknown()).await;
    assert_eq!(keys.status().triggered, 1);
    clock.set(NOW - 3_600);
    wait_until(|| {
        let _refused = verifier.verify_now(&unknown());
        keys.status().triggered > 1
    })
    .await;
}

#[tokio::test]
async fn sec_45_keys_are_used_until_the_stale_limit_while_the_endpoint_fails() {
    let (issuer, server, keys) = loaded(|builder| {
        builder
            .refresh_every(Duration::from_millis(20))
            .stale_limit(Duration::from_millis(1_000))
    })
    .await;
    let verifier = verifier(&keys);
    server.set(Reply::Status(500, vec![]));
    wait_until(|| keys.status().failures >= 2).await;
    assert!(verifier.verify_now(&issuer.token("alice")).is_ok());
    assert!(keys.is_ready() && keys.status().age.unwrap() < Duration::from_secs(1));
    let shown = format!("{keys:?}");
    assert!(
        shown.contains("RemoteKeySet") && shown.contains("keys: 1"),
        "{shown}"
    );
    wait_until(|| !keys.is_ready()).await;
    let refused = verifier.verify_now(&issuer.token("alice")).unwrap_err();
    assert!(matches!(refused, VerifyError::NoKeys { .. }) && !refused.is_client_fault());
    wait_until(|| keys.status().expiries == 1).await;
    assert_eq!((keys.status().keys, keys.status().age), (0, None));
    server.set(Reply::Document(issuer.jwks()));
    wait_until(|| verifier.verify_now(&issuer.token("alice")).is_ok()).await;
}

#[tokio::test]
async fn sec_45_the_stale_limit_is_configurable_up_to_a_day() {
    let start = |limit| {
        RemoteKeySet::builder("http://127.0.0.1:1/")
            .stale_limit(limit)
            .start()
            .map(drop)
    };
    assert_eq!(start(Duration::from_secs(86_400)), Ok(()));
    assert_eq!(
        start(Duration::from_secs(86_401)),
        Err(RemoteKeySetError::StaleLimit)
    );
    assert_eq!(start(Duration::ZERO), Err(RemoteKeySetError::StaleLimit));
}

#[tokio::test]
async fn sec_46_without_keys_valid_tokens_get_503_and_invalid_ones_401() {
    let issuer = issuer();
    let server = KeyServer::start(issuer.jwks());
    server.set(Reply::Hang);
    let keys = RemoteKeySet::builder(&server.url())
        .fetch_limit(SHORT)
        .start()
        .unwrap();
    let verifier = verifier(&keys);
    let refused = verifier.verify(&issuer.token("alice")).await.unwrap_err();
    let VerifyError::NoKeys { retry_after } = refused else {
        panic!("{refused}")
    };
    assert!(retry_after >= Duration::from_secs(1));
    let challenge = better_auth_verifier::Challenge::from(&refused);
    assert_eq!(
        (challenge.status(), challenge.www_authenticate("api")),
        (503, None)
    );
    assert!(challenge.retry_after().unwrap() >= 1);
    assert!(!keys.is_ready());
    for bad in [
        "",
        "a.b.c",
        &issuer.draft("a").header("alg", r#""none""#).sign(),
    ] {
        assert!(
            verifier.verify(bad).await.unwrap_err().is_client_fault(),
            "{bad}"
        );
    }
    server.set(Reply::Document(issuer.jwks()));
    with_timeout(keys.ready()).await;
    assert_eq!(
        verifier
            .verify(&issuer.token("alice"))
            .await
            .unwrap()
            .subject(),
        "alice"
    );
}

#[tokio::test]
async fn rsa_keys_without_alg_use_the_configured_algorithm() {
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::Ps256);
    let server = KeyServer::start(issuer.jwks().replace(r#""alg":"PS256","#, ""));
    let keys = RemoteKeySet::builder(&server.url())
        .rsa_algorithm(RsaAlgorithm::Ps256)
        .start()
        .unwrap();
    assert!(verifier(&keys).verify(&issuer.token("alice")).await.is_ok());
    let keys = RemoteKeySet::start(&server.url()).unwrap();
    wait_until(|| keys.status().last_failure.is_some()).await;
    assert_eq!(
        keys.status().last_failure,
        Some(FetchError::NoUsableKeys {
            skipped: vec![SkipReason::Unsupported]
        })
    );
}

#[tokio::test]
async fn fetching_stops_when_the_last_clone_is_dropped() {
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let (_, server, keys) = loaded(|builder| builder).await;
    assert_eq!(alive(), 1);
    let clone = verifier(&keys);
    drop(keys);
    assert_eq!(alive(), 1, "the verifier holds a clone");
    drop(clone);
    wait_until(|| alive() == 0).await;
    drop(server);
}

#[test]
fn every_fetch_error_has_a_code_and_a_message() {
    let failures = [
        (FetchError::Connect, "connect", "cannot connect"),
        (FetchError::Tls, "tls", "TLS"),
        (FetchError::Timeout, "timeout", "timed out"),
        (
            FetchError::Status {
                status: 418,
                retry_after: None,
            },
            "status",
            "418",
        ),
        (FetchError::TooLarge, "too_large", "larger than 65536 bytes"),
        (FetchError::Encoded, "encoded", "encoding"),
        (FetchError::Protocol, "protocol", "closed the connection"),
        (
            FetchError::Document(KeySetError::NotAKeySet),
            "document",
            "`keys` array",
        ),
        (
            FetchError::NoUsableKeys { skipped: vec![] },
            "no_usable_keys",
            "empty",
        ),
        (
            FetchError::File {
                kind: std::io::ErrorKind::NotFound,
            },
            "file",
            "cannot be read: entity not found",
        ),
    ];
    for (error, code, words) in failures {
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(words), "{error}");
    }
    let starts = [
        (RemoteKeySetError::InvalidUrl, "absolute"),
        (RemoteKeySetError::UserInfo, "user name"),
        (RemoteKeySetError::InsecureUrl, "https"),
        (RemoteKeySetError::StaleLimit, "24 hours"),
        (RemoteKeySetError::NoRootCertificates, "ca-certificates"),
        (RemoteKeySetError::InvalidCertificates, "PEM"),
        (RemoteKeySetError::NoRuntime, "tokio"),
    ];
    for (error, words) in starts {
        assert!(error.to_string().contains(words), "{error}");
    }
}
