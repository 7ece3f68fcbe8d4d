//! Answers that each user read last, in JSON: the first page of a list, the counts.
//!
//! Invariant: an answer is served only to the user whose records it is about, and only after the store has said that no record of the
//! user changed since it was read. So it cannot be stale, whichever server or backend wrote in between.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use taskward_access::Grant;
use taskward_domain::{FeedCursor, PageCursor, TaskQuery, UserId};

use crate::precondition::ListTags;

/// How much memory the pages take together.
const CACHE_BYTES: u64 = 16 << 20;
/// A larger page is not kept: the time to read it is not what counts.
const PAGE_BYTES_MAX: usize = 96 << 10;
/// What a page of 20 short tasks takes. Determines the initial size of the table.
const TYPICAL_PAGE_BYTES: u64 = 12 << 10;
/// What an entry takes beside its texts, about.
const ENTRY_BYTES: usize = 256;

/// Each user has one entry, so none can push out the pages of many others.
pub(crate) struct PageCache(Cache<UserId, Arc<JsonPage>, ByBytes>);

/// What the answer with a page is made from.
pub(super) struct JsonPage {
    pub(super) tags: ListTags,
    /// The newest cursor of the user's feed when the page was read.
    pub(super) newest: FeedCursor,
    pub(super) body: Bytes,
    pub(super) next: Option<PageCursor>,
}

impl Default for PageCache {
    fn default() -> Self {
        let pages = usize::try_from(CACHE_BYTES / TYPICAL_PAGE_BYTES).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(pages, CACHE_BYTES, ByBytes))
    }
}

impl PageCache {
    /// The page that the caller got last, if it answers the same question.
    pub(super) fn get(&self, grant: &Grant, tags: &ListTags) -> Option<Arc<JsonPage>> {
        let page = self.0.get(grant.user())?;
        (page.tags == *tags).then_some(page)
    }

    /// Keeps a page if it is a first one. Pages of searches are read once, mostly.
    pub(super) fn insert(&self, grant: &Grant, query: &TaskQuery, page: Arc<JsonPage>) {
        let is_first = query.after().is_none() && query.filter().search.is_none();
        if is_first {
            self.keep(grant, page);
        }
    }

    /// Keeps an answer in the place of the one before.
    pub(super) fn keep(&self, grant: &Grant, page: Arc<JsonPage>) {
        if page.body.len() <= PAGE_BYTES_MAX {
            self.0.insert(grant.user().clone(), page);
        }
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<UserId, Arc<JsonPage>> for ByBytes {
    fn weight(&self, user: &UserId, page: &Arc<JsonPage>) -> u64 {
        let bytes = ENTRY_BYTES + user.as_str().len() + page.tags.len() + page.body.len();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use taskward_domain::Epoch;

    use super::*;

    fn page(bytes: usize) -> Arc<JsonPage> {
        Arc::new(JsonPage {
            tags: ListTags::default(),
            newest: FeedCursor {
                epoch: Epoch::FIRST,
                seq: 1,
            },
            body: vec![b' '; bytes].into(),
            next: None,
        })
    }

    #[test]
    fn the_memory_of_all_pages_is_bounded() {
        let cache = PageCache::default();
        for number in 0..2_000 {
            let user: UserId = format!("user {number}").parse().unwrap();
            cache.0.insert(user, page(PAGE_BYTES_MAX));
        }
        assert!(cache.0.weight() <= CACHE_BYTES, "{}", cache.0.weight());
        assert!(cache.0.len() > 100, "{} pages", cache.0.len());
    }
}
