//! How the web app's files are served, which does not depend on whether the web app was built.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::harness::Server;

/// The web app is served where there is an auth server; these tests send nothing to it.
const AUTH_SERVER: [&str; 2] = ["--auth-upstream", "http://127.0.0.1:1"];

#[tokio::test]
async fn sec_85_pages_have_a_strict_content_security_policy() {
    let server = Server::start_with(&AUTH_SERVER).await;
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
    let server = Server::start_with(&AUTH_SERVER).await;
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
    let server = Server::start_with(&AUTH_SERVER).await;
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

#[tokio::test]
async fn probes_for_other_services_never_get_a_page() {
    let with_app = Server::start_with(&AUTH_SERVER).await;
    let without = Server::start().await;
    for path in [
        "/.well-known",
        "/.well-known/",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/security.txt",
        "/.well-known/change-password",
        "/%2Ewell-known/oauth-protected-resource",
        "/.well%2Dknown/change-password",
        "/mcp",
        "/mcp/",
        "/mcp/messages",
        "/mc%70",
    ] {
        for server in [&with_app, &without] {
            let anon = server.anon();
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let answer = anon.request(method, path, &[], Body::empty()).await;
                answer.problem(404, "no_such_route");
            }
            let head = anon.request(Method::HEAD, path, &[], Body::empty()).await;
            let head = head.expect(StatusCode::NOT_FOUND);
            assert_eq!(
                head.header("content-type"),
                Some("application/problem+json"),
                "{path}"
            );
        }
    }
    // Paths that only begin with the same letters are pages.
    for path in ["/mcpx", "/well-known", "/tasks/mcp"] {
        with_app.anon().get(path).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn without_an_auth_server_the_page_says_how_to_reach_the_api() {
    let server = Server::start().await;
    let page = server.anon().get("/").await.expect(StatusCode::OK);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    for expected in [
        "Taskward API",
        "No auth server is configured",
        "curl ",
        "/api/users/me/tasks",
        "TASKWARD_AUTH_UPSTREAM",
        "TASKWARD_AUTH_COMMAND",
    ] {
        assert!(html.contains(expected), "{expected} is in {html}");
    }
    // Everything that the page links to is there.
    let links = html.split("href=\"").skip(1);
    let links: Vec<_> = links.map(|rest| rest.split('"').next().unwrap()).collect();
    for link in links.iter().filter(|link| link.starts_with('/')) {
        server.anon().get(link).await.expect(StatusCode::OK);
    }
    for link in [
        "/api/openapi.json",
        "/healthz",
        "/readyz",
        "/start-page.css",
    ] {
        assert!(links.contains(&link), "{link} is in {html}");
    }
    let head = server
        .anon()
        .request(Method::HEAD, "/", &[], Body::empty())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (head.header("content-length"), head.body.len()),
        (page.header("content-length"), 0)
    );
    let tag = [("if-none-match", page.header("etag").unwrap())];
    let again = server
        .anon()
        .request(Method::GET, "/", &tag, Body::empty())
        .await;
    again.expect(StatusCode::NOT_MODIFIED);
    // The app, which nobody could sign in to, is not served.
    for path in [
        "/sign-in",
        "/tasks",
        "/index.html",
        "/assets/",
        "/favicon.svg",
    ] {
        server.anon().get(path).await.problem(404, "no_such_route");
    }
}

#[tokio::test]
async fn sec_85_the_start_page_has_a_strict_content_security_policy() {
    let server = Server::start().await;
    let page = server.anon().get("/").await.expect(StatusCode::OK);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    for inline in ["<style", " style=", "<script", " onload=", "javascript:"] {
        assert!(!html.contains(inline), "{inline} in {html}");
    }
    let style = server.anon().get("/start-page.css").await;
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[tokio::test]
async fn pages_can_be_switched_off() {
    let off = ["--web", "off"];
    for flags in [&off[..], &[AUTH_SERVER, off].concat()] {
        let server = Server::start_with(flags).await;
        let anon = server.anon();
        for path in [
            "/",
            "/index.html",
            "/sign-in",
            "/tasks",
            "/assets/nothing.js",
            "/start-page.css",
            "/favicon.svg",
        ] {
            for method in [Method::GET, Method::POST] {
                let answer = anon.request(method, path, &[], Body::empty()).await;
                answer.problem(404, "no_such_route");
            }
        }
        server.user("alice").create("t").await;
        for path in ["/healthz", "/readyz", "/api/openapi.json"] {
            anon.get(path).await.expect(StatusCode::OK);
        }
    }
}
