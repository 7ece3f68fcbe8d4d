//! The lists and labels that a user has, found by folded text.

use std::collections::HashMap;

/// The names of a user's lists and labels.
///
/// Names are compared by the text that `fold` makes of them, which should be the folding of the search.
pub struct Names {
    fold: fn(&str) -> String,
    lists: HashMap<String, String>,
    labels: HashMap<String, String>,
}

impl Names {
    /// Of names that fold to the same text the first one is found, unless one is typed exactly.
    pub fn new<'a>(
        lists: impl IntoIterator<Item = &'a str>,
        labels: impl IntoIterator<Item = &'a str>,
        fold: fn(&str) -> String,
    ) -> Self {
        Self {
            fold,
            lists: by_key(lists, fold),
            labels: by_key(labels, fold),
        }
    }

    pub(crate) fn list(&self, typed: &str) -> Option<&str> {
        self.find(&self.lists, typed)
    }

    pub(crate) fn label(&self, typed: &str) -> Option<&str> {
        self.find(&self.labels, typed)
    }

    fn find<'a>(&self, names: &'a HashMap<String, String>, typed: &str) -> Option<&'a str> {
        names
            .get(&exact_key(typed))
            .or_else(|| names.get(&(self.fold)(typed)))
            .map(String::as_str)
    }
}

// U+0000 is in no name, so that no folded text is equal to an exact one.
fn exact_key(name: &str) -> String {
    format!("\0{name}")
}

fn by_key<'a>(
    names: impl IntoIterator<Item = &'a str>,
    fold: fn(&str) -> String,
) -> HashMap<String, String> {
    let mut keys = HashMap::new();
    for name in names {
        keys.insert(exact_key(name), name.to_owned());
        keys.entry(fold(name)).or_insert_with(|| name.to_owned());
    }
    keys
}
