//! The entity tags of answers about many records.

use std::fmt::Write;

use data_encoding::BASE64URL_NOPAD;
use taskward_access::Grant;
use taskward_domain::{ChangesRequest, FeedCursor, PageLimit, TaskQuery};

use super::{IfNoneMatch, Tags};
use crate::query::whole_number;

/// The tags of one question about a user's records: the newest cursor of the feed, the owner, and the question.
///
/// The owner is part of it because the cursors of two users may be equal, and a cache that is keyed by the URL alone would
/// then give one user's answer to the other (SEC-74).
#[cfg_attr(test, derive(Default))]
#[derive(PartialEq, Eq)]
pub(crate) struct ListTags {
    question: String,
}

impl ListTags {
    pub(crate) fn of_page(grant: &Grant, query: &TaskQuery) -> Self {
        let canonical = query.canonical();
        let mut tags = Self::new(grant, query.limit().get(), canonical.len() + 40);
        if let Some(after) = query.after() {
            // Writing to a string cannot fail.
            let _ = write!(tags.question, "{}", after.id);
        }
        tags.question.push('.');
        tags.question.push_str(&canonical);
        tags
    }

    /// A page of a view. `after` is the cursor of the page; `minute` is there if the view changes as time passes.
    pub(crate) fn of_view(
        grant: &Grant,
        limit: PageLimit,
        after: &str,
        canonical: &str,
        minute: Option<i64>,
    ) -> Self {
        let further = after.len() + canonical.len() + 24;
        let mut tags = Self::new(grant, limit.get(), further);
        tags.question.push_str(after);
        tags.question.push('.');
        tags.question.push_str(canonical);
        if let Some(minute) = minute {
            // Writing to a string cannot fail.
            let _ = write!(tags.question, ".{minute}");
        }
        tags
    }

    /// `kinds` names the kinds that were asked for; it is empty for those that are answered anyway.
    pub(crate) fn of_changes(grant: &Grant, request: &ChangesRequest, kinds: &str) -> Self {
        let mut tags = Self::new(grant, request.limit.get(), 32 + kinds.len());
        tags.question.push_str("changes.");
        if let Some(since) = request.since {
            push_number(&mut tags.question, since.number());
        }
        tags.question.push_str(kinds);
        tags
    }

    /// All records of a kind; `question` names the kind and which of them.
    pub(crate) fn of_all(grant: &Grant, question: &str) -> Self {
        let mut tags = Self::new(grant, 0, question.len());
        tags.question.push_str(question);
        tags
    }

    /// `{owner}.{limit}.`, with room for `further` bytes.
    fn new(grant: &Grant, limit: u16, further: usize) -> Self {
        let owner = grant.user().as_str().as_bytes();
        let length = BASE64URL_NOPAD.encode_len(owner.len()) + 8 + further;
        let mut question = String::with_capacity(length);
        BASE64URL_NOPAD.encode_append(owner, &mut question);
        question.push('.');
        push_number(&mut question, limit.into());
        question.push('.');
        Self { question }
    }

    /// How many bytes this takes.
    pub(crate) fn len(&self) -> usize {
        self.question.len()
    }

    /// The tag, with quotes, of the answer when `newest` was the newest cursor.
    pub(crate) fn at(&self, newest: FeedCursor) -> String {
        let mut tag = String::with_capacity(self.question.len() + 24);
        tag.push('"');
        push_number(&mut tag, newest.number());
        tag.push('.');
        tag.push_str(&self.question);
        tag.push('"');
        tag
    }

    /// The newest cursor when the client got the answer to the same question.
    pub(crate) fn known(&self, condition: &IfNoneMatch) -> Option<FeedCursor> {
        let Some(Tags::List(tags)) = &condition.0 else {
            return None;
        };
        let known = tags.iter().filter_map(|tag| {
            let (cursor, question) = tag.opaque.split_once('.')?;
            whole_number(cursor).filter(|_| question == self.question)
        });
        known.max().and_then(FeedCursor::from_number)
    }
}

fn push_number(text: &mut String, number: u64) {
    text.push_str(itoa::Buffer::new().format(number));
}
