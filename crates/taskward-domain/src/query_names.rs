//! The names of lists and labels as queries of filters find them.

use taskward_filter::Names;

use super::{Label, List, fold_name, sort_by_rank};

/// The names of live lists and labels. Of two lists with the same name the first one in the user's order is found.
#[must_use]
pub fn query_names(mut lists: Vec<List>, labels: &[Label]) -> Names {
    sort_by_rank(&mut lists);
    Names::new(
        lists
            .iter()
            .map(|list| (list.id.as_uuid(), list.body.name.as_str())),
        labels
            .iter()
            .map(|label| (label.id.as_uuid(), label.body.name.as_str())),
        fold_name,
    )
}
