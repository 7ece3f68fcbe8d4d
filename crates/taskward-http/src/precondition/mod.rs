//! Conditions of requests on entity tags (RFC 9110, section 13.1), and the tags themselves.

mod list_tags;
mod tags;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use taskward_domain::{Epoch, Precondition, RecordTag, Version};

pub(crate) use list_tags::ListTags;
use tags::{Malformed, Tags};

use crate::problem::{Problem, ProblemKind};
use crate::query::whole_number;

/// The entity tag of a record: its version, and the epoch unless that is the first.
pub(crate) fn record_tag(tag: RecordTag) -> String {
    let version = tag.version.map_or(0, Version::number);
    if tag.epoch == Epoch::FIRST {
        format!("\"{version}\"")
    } else {
        format!("\"{version}.{}\"", tag.epoch.number())
    }
}

/// Reads what [`record_tag`] wrote, without the quotes. Any other spelling is no tag of a record.
fn parse_record_tag(opaque: &str) -> Option<RecordTag> {
    let (version, epoch) = match opaque.split_once('.') {
        None => (opaque, Epoch::FIRST),
        Some((version, epoch)) => {
            let epoch = u32::try_from(whole_number(epoch)?).ok()?;
            let epoch = Epoch::new(epoch).filter(|epoch| *epoch != Epoch::FIRST)?;
            (version, epoch)
        }
    };
    let version = match whole_number(version)? {
        // Before the first write of a record that every user has.
        0 => None,
        number => Some(Version::new(number)?),
    };
    Some(RecordTag { version, epoch })
}

/// The `If-Match` of a write. Missing means that the record only has to exist.
pub(crate) struct IfMatch(pub(crate) Precondition);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let condition = match Tags::read(&parts.headers, &header::IF_MATCH) {
            Ok(None | Some(Tags::Any)) => Precondition::Exists,
            // If-Match compares strongly, so weak tags never match.
            Ok(Some(Tags::List(tags))) => Precondition::AnyOf(
                tags.into_iter()
                    .filter(|tag| !tag.is_weak)
                    .filter_map(|tag| parse_record_tag(&tag.opaque))
                    .collect(),
            ),
            Err(Malformed) => return Err(ProblemKind::MalformedPrecondition.into()),
        };
        Ok(Self(condition))
    }
}

/// The `If-None-Match` of a read. A malformed one counts as none, so the answer is the full one.
pub(crate) struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    pub(crate) fn read(headers: &axum::http::HeaderMap) -> Self {
        Self(Tags::read(headers, &header::IF_NONE_MATCH).unwrap_or(None))
    }

    /// Whether the client names what it has.
    pub(crate) fn has_tags(&self) -> bool {
        matches!(self.0, Some(Tags::List(_)))
    }

    /// Whether the client has what `tag` (with quotes) names. Compares weakly (RFC 9110, section 13.1.2).
    pub(crate) fn matches(&self, tag: &str) -> bool {
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
        Ok(Self::read(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_70_a_record_tag_has_one_spelling() {
        for (version, epoch, text) in [
            (7, 0, "\"7\""),
            (7, 3, "\"7.3\""),
            (0, 0, "\"0\""),
            (0, 3, "\"0.3\""),
        ] {
            let tag = RecordTag {
                version: Version::new(version),
                epoch: Epoch::new(epoch).unwrap(),
            };
            assert_eq!(record_tag(tag), text);
            assert_eq!(parse_record_tag(text.trim_matches('"')), Some(tag));
        }
        for bad in [
            "00",
            "07",
            "+7",
            "",
            "x",
            "7.0",
            "7.",
            ".7",
            "7.03",
            "7.131072",
            "00.3",
            "7.3.1",
            "18446744073709551616",
        ] {
            assert_eq!(parse_record_tag(bad), None, "{bad}");
        }
    }
}
