//! Pages and their files, embedded in the binary: the web app, or a start page where nobody could sign in to it. No path
//! reaches a file system.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::encoding::accepts;
use crate::precondition::IfNoneMatch;

/// Everything comes from the same origin, and nothing is inline (SEC-85).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";
const PERMISSIONS_POLICY: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// First segments that clients probe for services that this server does not have. A page would be a wrong answer with
/// status 200.
const NEVER_PAGES: [&str; 2] = [".well-known", "mcp"];

/// What is served outside the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// The web app.
    App,
    /// One page that says what runs here: without an auth server nobody could sign in to the app.
    Start,
    Off,
}

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct AppFiles;

#[derive(RustEmbed)]
#[folder = "start-page"]
struct StartFiles;

/// The answer to a request for a page or an asset. `None` if there is nothing at the path.
#[must_use]
pub(crate) fn respond(
    pages: Pages,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    match pages {
        Pages::App => file::<AppFiles>(app_file(path)?, method, headers),
        Pages::Start => file::<StartFiles>(start_file(path)?, method, headers),
        Pages::Off => None,
    }
}

fn app_file(path: &str) -> Option<&str> {
    let name = path.trim_start_matches('/');
    let first = name.split('/').next().unwrap_or_default();
    let first = percent_decode_str(first).decode_utf8_lossy();
    if NEVER_PAGES.contains(&&*first) {
        return None;
    }
    let is_page = !name.starts_with("assets/")
        && !name
            .rsplit('/')
            .next()
            .is_some_and(|last| last.contains('.'));
    // Every page is the app, whose own router decides what to show.
    Some(if is_page { "index.html" } else { name })
}

fn start_file(path: &str) -> Option<&'static str> {
    match path {
        "/" => Some("index.html"),
        "/start-page.css" => Some("start-page.css"),
        _ => None,
    }
}

fn file<Files: RustEmbed>(
    name: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    if name.ends_with(".br") {
        return None;
    }
    let plain = Files::get(name)?;
    let compressed = if accepts(headers, "br") {
        Files::get(&format!("{name}.br"))
    } else {
        None
    };
    let is_compressed = compressed.is_some();
    let file = compressed.unwrap_or(plain);
    let tag = entity_tag(&file);

    let mut response = Response::new(Body::empty());
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, cache_control(name));
    fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    fields.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    );
    fields.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    fields.insert(
        "permissions-policy",
        HeaderValue::from_static(PERMISSIONS_POLICY),
    );
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    if is_compressed {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    let is_known = IfNoneMatch::read(headers).matches(&tag);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        fields.insert(header::ETAG, tag);
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        fields.insert(header::CONTENT_LENGTH, file.data.len().into());
        if method != Method::HEAD {
            *response.body_mut() = Body::from(file.data);
        }
    }
    Some(response)
}

fn entity_tag(file: &EmbeddedFile) -> String {
    format!(
        "\"{}\"",
        data_encoding::BASE64URL_NOPAD.encode(&file.metadata.sha256_hash())
    )
}

/// Files under `assets/` have a hash of their content in the name, so they never change.
fn cache_control(name: &str) -> HeaderValue {
    HeaderValue::from_static(if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
