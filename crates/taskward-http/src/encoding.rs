//! `Accept-Encoding` (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// Whether the client accepts a content coding by its name.
pub(crate) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|entry| {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
            name.trim().eq_ignore_ascii_case(coding) && !is_zero(weight)
        })
}

/// Whether a weight is 0, which refuses the coding.
fn is_zero(weight: &str) -> bool {
    let value = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
    matches!(value, Some(Ok(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_coding_is_accepted_by_name_unless_its_weight_is_zero() {
        for (field, expected) in [
            ("br", true),
            ("gzip, BR;q=0.5", true),
            ("gzip", false),
            ("br;q=0", false),
            ("br; q=0.000, gzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(field));
            assert_eq!(accepts(&headers, "br"), expected, "{field}");
        }
    }
}
