//! How the web app's files are served, which does not depend on whether the web app was built.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::harness::Server;

#[tokio::test]
async fn sec_85_pages_have_a_strict_content_security_policy() {
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
        // Every script element has a source.
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
async fn sec_85_a_missing_asset_is_404() {
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
async fn pages_have_entity_tags_and_are_compressed() {
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

    let compressed = server
        .anon()
        .request(
            Method::GET,
            "/",
            &[("accept-encoding", "gzip, br")],
            Body::empty(),
        )
        .await;
    assert_eq!(compressed.header("vary"), Some("Accept-Encoding"));
    if compressed.header("content-encoding") == Some("br") {
        assert_ne!(
            compressed.header("etag"),
            page.header("etag"),
            "two encodings have two tags"
        );
        assert!(compressed.body.len() < page.body.len());
    } else {
        assert_eq!(compressed.body, page.body);
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
