//! Entity tags and the conditions that name them (RFC 9110, sections 8.8.3 and 13.1).

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use data_encoding::BASE64URL_NOPAD;

use super::query::parse_seq;
use super::{Problem, ProblemKind};
use crate::auth::Caller;
use crate::domain::{ChangesRequest, PageRequest, Precondition, SearchText, Version};

/// The tag of a task: its version.
pub(super) fn task_tag(version: Version) -> String {
    format!("\"{}\"", version.number())
}

/// The tags of one question about a user's whole list: the owner's write counter, the owner, and what was asked.
///
/// The owner is in it because two users' counters may be equal, and a cache that is keyed by the URL alone would then
/// show one the other's answer (SEC-74).
pub(super) struct ListTags {
    question: String,
}

impl ListTags {
    pub(super) fn of_page(caller: &Caller, request: &PageRequest) -> Self {
        let filter = request.filter();
        let completed = match filter.completed {
            None => "all",
            Some(true) => "done",
            Some(false) => "open",
        };
        let after = request.after().map(|id| id.to_string()).unwrap_or_default();
        let search = filter.search.iter().flat_map(SearchText::words);
        let search: Vec<_> = search.map(|word| encode(word)).collect();
        let (limit, search) = (request.limit().get(), search.join("-"));
        Self::new(caller, &format!("{limit}.{completed}.{after}.{search}"))
    }

    pub(super) fn of_changes(caller: &Caller, request: &ChangesRequest) -> Self {
        let since = request.since.map(|seq| seq.to_string()).unwrap_or_default();
        Self::new(caller, &format!("{}.since.{since}", request.limit.get()))
    }

    fn new(caller: &Caller, question: &str) -> Self {
        let owner = encode(caller.user_id().as_str());
        let question = format!("{owner}.{question}");
        Self { question }
    }

    /// The tag of the answer at `seq`.
    pub(super) fn at(&self, seq: u64) -> String {
        format!("\"{seq}.{}\"", self.question)
    }

    /// The counter at which the client asked the same and still has the answer.
    pub(super) fn known(&self, condition: &IfNoneMatch) -> Option<u64> {
        let Some(Tags::List(tags)) = &condition.0 else {
            return None;
        };
        let known = tags.iter().filter_map(|tag| {
            let (seq, question) = tag.opaque.split_once('.')?;
            parse_seq(seq).filter(|_| question == self.question)
        });
        known.max()
    }
}

fn encode(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// The `If-Match` of a write. Missing means that the task only has to exist.
pub(super) struct IfMatch(pub Precondition);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let condition = match Tags::read(&parts.headers, &header::IF_MATCH) {
            Ok(None | Some(Tags::Any)) => Precondition::Exists,
            // Weak tags never match here, because the comparison is the strong one.
            Ok(Some(Tags::List(tags))) => Precondition::AnyOf(
                tags.into_iter()
                    .filter(|tag| !tag.is_weak)
                    .filter_map(|tag| version(&tag.opaque))
                    .collect(),
            ),
            Err(Malformed) => return Err(ProblemKind::MalformedPrecondition.into()),
        };
        Ok(Self(condition))
    }
}

/// The `If-None-Match` of a read. A malformed one is no condition: the answer is then simply the full one.
pub(super) struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// Whether the client has what `tag` (quoted) names.
    pub(super) fn matches(&self, tag: &str) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::List(tags)) => tags
                .iter()
                .any(|known| tag.trim_matches('"') == known.opaque),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(
            Tags::read(&parts.headers, &header::IF_NONE_MATCH).unwrap_or(None),
        ))
    }
}

/// The one spelling of a version; anything else is some tag, but none of ours.
fn version(opaque: &str) -> Option<Version> {
    let version = Version::new(u64::from_str(opaque).ok()?)?;
    (version.number().to_string() == opaque).then_some(version)
}

enum Tags {
    Any,
    List(Vec<Tag>),
}

struct Tag {
    is_weak: bool,
    opaque: String,
}

struct Malformed;

impl Tags {
    /// Reads a field that holds `*` or a list, possibly spread over several lines.
    fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, Malformed> {
        let mut lines = Vec::new();
        for line in headers.get_all(name) {
            lines.push(line.to_str().map_err(|_| Malformed)?);
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let text = lines.join(",");
        if text.trim() == "*" {
            return Ok(Some(Self::Any));
        }
        let mut tags = Vec::new();
        let mut rest = text.as_str();
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
        Ok((
            Self {
                is_weak,
                opaque: opaque.to_owned(),
            },
            rest,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

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

    #[test]
    fn sec_70_a_version_has_one_spelling() {
        assert_eq!(version("7").map(Version::number), Some(7));
        for bad in ["0", "07", "+7", "", "x", "18446744073709551616"] {
            assert_eq!(version(bad), None, "{bad}");
        }
    }
}
