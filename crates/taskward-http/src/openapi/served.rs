//! The document as it is served: compressed by the build, with entity tags, open to everybody (SEC-58).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::encoding::accepts;
use crate::precondition::IfNoneMatch;

pub(crate) struct ServedDocument {
    plain: Form,
    compressed: Form,
}

/// The document in one content coding.
struct Form {
    bytes: Bytes,
    tag: String,
    tag_field: HeaderValue,
}

impl ServedDocument {
    /// The committed document, which the build script has compressed. It stays in the binary and takes no memory until
    /// somebody asks for it.
    pub(crate) fn embedded() -> Self {
        Self {
            plain: Form::new(include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json"))),
            compressed: Form::new(include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"))),
        }
    }

    pub(crate) fn respond(&self, request: &HeaderMap) -> Response<Body> {
        let is_compressed = accepts(request, "gzip");
        let form = match is_compressed {
            true => &self.compressed,
            false => &self.plain,
        };
        let mut response = Response::new(Body::empty());
        let fields = response.headers_mut();
        fields.insert(header::ETAG, form.tag_field.clone());
        fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if IfNoneMatch::read(request).matches(&form.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        fields.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if is_compressed {
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        *response.body_mut() = Body::from(form.bytes.clone());
        response
    }
}

impl Form {
    fn new(bytes: &'static [u8]) -> Self {
        let tag = format!("\"{}\"", BASE64URL_NOPAD.encode(&Sha256::digest(bytes)));
        let tag_field = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
        Self {
            bytes: Bytes::from_static(bytes),
            tag,
            tag_field,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn ask(served: &ServedDocument, fields: &[(&'static str, &str)]) -> Response<Body> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        served.respond(&headers)
    }

    #[test]
    fn the_document_is_served_compressed_and_not_twice() {
        let served = ServedDocument::embedded();
        let tag = |response: &Response<Body>| {
            let tag = response.headers()[header::ETAG].to_str().unwrap();
            tag.to_owned()
        };
        let plain = ask(&served, &[]);
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let compressed = ask(&served, &[("accept-encoding", "br, gzip")]);
        assert_eq!(compressed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_ne!(tag(&plain), tag(&compressed), "two forms, two tags");
        for response in [&plain, &compressed] {
            assert_eq!(response.headers()[header::VARY], "Accept-Encoding");
        }
        for known in [tag(&plain), format!("W/{}", tag(&plain)), "*".to_owned()] {
            let again = ask(&served, &[("if-none-match", &known)]);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(tag(&again), tag(&plain));
        }
        let other = ask(&served, &[("if-none-match", "\"other\"")]);
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn the_committed_document_is_the_one_that_the_handlers_make() {
        let served = ServedDocument::embedded();
        let committed: serde_json::Value = serde_json::from_slice(&served.plain.bytes).unwrap();
        let made = serde_json::to_value(crate::openapi_document()).unwrap();
        assert!(
            committed == made,
            "run `cargo xtask openapi` and commit what it writes"
        );
    }

    #[test]
    fn the_compressed_form_holds_the_same_document() {
        let served = ServedDocument::embedded();
        let compressed = served.compressed;
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&*compressed.bytes)
            .read_to_end(&mut bytes)
            .unwrap();
        assert_eq!(bytes, served.plain.bytes);
        assert!(compressed.bytes.len() * 4 < bytes.len());
    }
}
