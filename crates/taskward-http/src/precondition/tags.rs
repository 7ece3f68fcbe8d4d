//! Entity tags in header fields (RFC 9110, sections 8.8.3 and 13.1).

use axum::http::{HeaderMap, HeaderName};

pub(super) enum Tags {
    /// `*`
    Any,
    List(Vec<Tag>),
}

pub(super) struct Tag {
    pub(super) is_weak: bool,
    /// Without the quotes.
    pub(super) opaque: String,
}

pub(super) struct Malformed;

impl Tags {
    /// Reads a field that holds `*` or a list, possibly in several lines.
    pub(super) fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, Malformed> {
        let mut lines = Vec::new();
        for line in headers.get_all(name) {
            lines.push(line.to_str().map_err(|_| Malformed)?);
        }
        let text = match lines.as_slice() {
            [] => return Ok(None),
            [line] => std::borrow::Cow::Borrowed(*line),
            lines => std::borrow::Cow::Owned(lines.join(",")),
        };
        if text.trim() == "*" {
            return Ok(Some(Self::Any));
        }
        let mut tags = Vec::new();
        let mut rest = &*text;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let (tag, after) = Tag::parse(rest)?;
            tags.push(tag);
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(Malformed);
            }
        }
        if tags.is_empty() {
            Err(Malformed)
        } else {
            Ok(Some(Self::List(tags)))
        }
    }
}

impl Tag {
    fn parse(text: &str) -> Result<(Self, &str), Malformed> {
        let strong = text.strip_prefix("W/");
        let is_weak = strong.is_some();
        let quoted = strong.unwrap_or(text).strip_prefix('"').ok_or(Malformed)?;
        let (opaque, rest) = quoted.split_once('"').ok_or(Malformed)?;
        if opaque.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Malformed);
        }
        let opaque = opaque.to_owned();
        Ok((Self { is_weak, opaque }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};

    fn read(text: &'static str) -> Option<Vec<(bool, String)>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
        match Tags::read(&headers, &header::IF_MATCH) {
            Ok(Some(Tags::List(tags))) => Some(
                tags.into_iter()
                    .map(|tag| (tag.is_weak, tag.opaque))
                    .collect(),
            ),
            _ => None,
        }
    }

    #[test]
    fn sec_70_tags_come_in_lists() {
        assert_eq!(read("\"1\""), Some(vec![(false, "1".to_owned())]));
        assert_eq!(read(" \"1\" ,, W/\"a,b\"").unwrap().len(), 2);
        for bad in [
            "",
            ",",
            "1",
            "\"1",
            "\"1\" \"2\"",
            "w/\"1\"",
            "*, \"1\"",
            "\"a b\"",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
