//! Saved filters: the names in a query become ids when it is saved.

use taskward_filter::Filter as Query;

use super::rules::{Done, Rules};
use super::{Decision, Stop};
use crate::{
    Fault, Filter, FilterBody, FilterChange, FilterDraft, FilterPatch, Id, LabelBody, ListBody,
    Rank, Ranked, query_names,
};

impl Ranked for FilterBody {
    fn rank(&self) -> &Rank {
        &self.rank
    }

    fn set_rank(&mut self, rank: Rank) {
        self.rank = rank;
    }
}

impl Rules for FilterBody {
    fn create(
        decision: &mut Decision<'_>,
        id: Id,
        draft: &FilterDraft,
    ) -> Result<Done<Self>, Stop> {
        let body = Self {
            name: draft.name.clone(),
            query: query(decision, &draft.query)?,
            color: draft.color.flatten(),
            rank: Rank::at(decision.now, decision.position),
        };
        decision.insert(id, body).map(Done::updated)
    }

    fn is_result_of(
        decision: &mut Decision<'_>,
        filter: &Filter,
        draft: &FilterDraft,
    ) -> Result<bool, Stop> {
        let has_color = draft.color.is_none_or(|color| color == filter.body.color);
        let is_same_query = match query(decision, &draft.query) {
            Err(Stop::Missing) => return Err(Stop::Missing),
            query => query.is_ok_and(|query| query == filter.body.query),
        };
        Ok(filter.body.name == draft.name && is_same_query && has_color)
    }

    fn change(
        decision: &mut Decision<'_>,
        before: Filter,
        change: &FilterChange,
    ) -> Result<Done<Self>, Stop> {
        match change {
            FilterChange::Move(to) => decision.move_ranked(before, *to),
            FilterChange::Patch(FilterPatch {
                name,
                query: text,
                color,
            }) => {
                let mut body = before.body.clone();
                if let Some(name) = name {
                    body.name = name.clone();
                }
                if let Some(text) = text {
                    body.query = query(decision, text)?;
                }
                if let Some(color) = *color {
                    body.color = color;
                }
                if body == before.body {
                    return Ok(Done::unchanged(before));
                }
                decision.update(before, body).map(Done::updated)
            }
        }
    }
}

fn query(decision: &mut Decision<'_>, text: &str) -> Result<Query, Stop> {
    let lists = decision.all::<ListBody>();
    let labels = decision.all::<LabelBody>()?;
    let names = query_names(lists?, &labels);
    Query::parse(text, &names).map_err(|error| Fault::new("/query", error.into()).into())
}
