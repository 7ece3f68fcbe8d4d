//! Saved filters. Their queries have ids in the place of names, so each answer needs the names of lists and labels too.

use taskward_access::Grant;
use taskward_domain::{
    BrokenRule, Fault, FilterBody, FilterView, Id, Kind, LabelBody, ListBody, Loaded, Needs,
    Refusal, query_names,
};
use taskward_filter::{Filter as Query, Names};
use taskward_store::StoreError;

use crate::limits::Work;
use crate::lists::newest;
use crate::{AllRecords, FoundRecord, Services};

/// Where the query of a filter comes from.
#[derive(Debug, Clone)]
pub enum FilterSource {
    Saved(Id),
    /// As it was typed.
    Typed(String),
    /// From the link to a further page, so in its canonical text, which can be longer than one that is typed.
    Canonical(String),
}

impl Services {
    /// The names by which queries find the caller's lists and labels.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn query_names(&self, grant: &Grant) -> Result<Names, StoreError> {
        let mut loaded = self.load_with_names(grant, Needs::default()).await?;
        Ok(take_names(&mut loaded))
    }

    /// The same for the answer to a write, which is not to fail when the write is done: without names, queries are shown with
    /// ids.
    pub async fn query_names_after_write(&self, grant: &Grant) -> Names {
        let names = self.query_names(grant).await;
        names.unwrap_or_else(|_| query_names(Vec::new(), &[]))
    }

    /// # Errors
    /// `NotFound`, or another [`StoreError`].
    pub async fn find_filter(
        &self,
        grant: &Grant,
        id: Id,
    ) -> Result<(FoundRecord<FilterBody>, Names), StoreError> {
        let needs = Needs::record(Kind::Filter, id);
        let mut loaded = self.load_with_names(grant, needs).await?;
        let found = FoundRecord {
            record: loaded.take_live::<FilterBody>(id)?,
            epoch: loaded.epoch,
        };
        Ok((found, take_names(&mut loaded)))
    }

    /// All live filters, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all_filters(
        &self,
        grant: &Grant,
    ) -> Result<(AllRecords<FilterBody>, Names), StoreError> {
        let needs = Needs::all(Kind::Filter);
        let mut loaded = self.load_with_names(grant, needs).await?;
        let all = AllRecords {
            newest: newest(&loaded),
            records: loaded.take_all::<FilterBody>(),
        };
        Ok((all, take_names(&mut loaded)))
    }

    /// The view of a query, by the names that the caller's lists and labels have now; with `completed` that of its completed
    /// tasks.
    ///
    /// # Errors
    /// `NotFound` for a filter that the caller does not have, `Invalid` for a text that is no query, or another
    /// [`StoreError`].
    pub async fn filter_view(
        &self,
        grant: &Grant,
        source: FilterSource,
        completed: bool,
    ) -> Result<FilterView, StoreError> {
        let needs = match source {
            FilterSource::Saved(id) => Needs::record(Kind::Filter, id),
            FilterSource::Typed(_) | FilterSource::Canonical(_) => Needs::default(),
        };
        let mut loaded = self.load_with_names(grant, needs).await?;
        let lists = loaded.take_all::<ListBody>();
        let labels = loaded.take_all::<LabelBody>();
        let archived = lists.iter().filter(|list| list.body.archived_at.is_some());
        let archived_lists = archived.map(|list| list.id).collect();
        let live_labels = labels.iter().map(|label| label.id).collect();
        let mut query = match source {
            FilterSource::Saved(id) => loaded.take_live::<FilterBody>(id)?.body.query,
            FilterSource::Typed(text) => typed(&text, &query_names(lists, &labels))?,
            FilterSource::Canonical(text) => match Query::parse_stored(&text) {
                Ok(query) if query.canonical() == text => query,
                _ => typed(&text, &query_names(lists, &labels))?,
            },
        };
        if completed {
            let text = format!("({}) & is:done", query.canonical());
            query = Query::parse_stored(&text).map_err(|error| invalid(error.into()))?;
        }
        Ok(FilterView {
            query,
            archived_lists,
            labels: live_labels,
        })
    }

    async fn load_with_names(&self, grant: &Grant, mut needs: Needs) -> Result<Loaded, StoreError> {
        needs.all.extend([Kind::List, Kind::Label]);
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        self.store.for_grant(grant).load(needs).await
    }
}

fn take_names(loaded: &mut Loaded) -> Names {
    let lists = loaded.take_all::<ListBody>();
    query_names(lists, &loaded.take_all::<LabelBody>())
}

fn typed(text: &str, names: &Names) -> Result<Query, StoreError> {
    Query::parse(text, names).map_err(|error| invalid(error.into()))
}

fn invalid(rule: BrokenRule) -> StoreError {
    Refusal::Invalid(Fault::new("/filter", rule)).into()
}
