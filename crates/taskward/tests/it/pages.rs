//! The web app's files. What they contain depends on whether it was built; how they are served does not.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::harness::Server;

#[tokio::test]
async fn sec_85_pages_come_with_a_strict_policy() {
    let server = Server::start().await;
    for path in ["/", "/tasks", "/sign-in", "/some/deep/link"] {
        let page = server.anon().get(path).await.expect(StatusCode::OK);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            page.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert!(page.header("permissions-policy").is_some());
        let policy = page.header("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(
                policy.split("; ").any(|found| found == directive),
                "{directive} is in {policy}"
            );
        }
        assert!(!policy.contains("unsafe"));
        let html = String::from_utf8(page.body.to_vec()).unwrap();
        for inline in ["<style", " style=", " onload=", " onclick=", "javascript:"] {
            assert!(!html.contains(inline), "{inline} in {html}");
        }
        // A script element is allowed only with a source.
        assert!(
            html.split("<script").skip(1).all(|rest| rest
                .split('>')
                .next()
                .unwrap()
                .contains("src=")),
            "{html}"
        );
    }
}

#[tokio::test]
async fn sec_85_an_asset_is_there_or_it_is_404() {
    let server = Server::start().await;
    let missing = [
        "/assets/x.js",
        "/assets/",
        "/assets/../index.html",
        "/favicon.nothing",
        "/index.html.br",
        "/.gitignore",
        "/..",
        "/%2e%2e/Cargo.toml",
    ];
    for path in missing {
        let answer = server.anon().get(path).await;
        assert!(
            answer.status == StatusCode::NOT_FOUND || !path.contains('.'),
            "{path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn pages_are_sent_once_and_packed_where_that_is_possible() {
    let server = Server::start().await;
    let page = server.anon().get("/").await.expect(StatusCode::OK);
    let tag = page.header("etag").unwrap();
    let again = server
        .anon()
        .request(Method::GET, "/", &[("if-none-match", tag)], Body::empty())
        .await;
    assert!(again.expect(StatusCode::NOT_MODIFIED).body.is_empty());
    let head = server
        .anon()
        .request(Method::HEAD, "/", &[], Body::empty())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (head.header("content-length"), head.body.len()),
        (page.header("content-length"), 0)
    );

    let packed = server
        .anon()
        .request(
            Method::GET,
            "/",
            &[("accept-encoding", "gzip, br")],
            Body::empty(),
        )
        .await;
    assert_eq!(packed.header("vary"), Some("Accept-Encoding"));
    if packed.header("content-encoding") == Some("br") {
        assert_ne!(
            packed.header("etag"),
            page.header("etag"),
            "two forms, two tags"
        );
        assert!(packed.body.len() < page.body.len());
    } else {
        assert_eq!(packed.body, page.body);
    }
    let refused = server
        .anon()
        .request(
            Method::GET,
            "/",
            &[("accept-encoding", "br;q=0")],
            Body::empty(),
        )
        .await;
    assert_eq!(
        (refused.header("content-encoding"), &refused.body),
        (None, &page.body)
    );
}
