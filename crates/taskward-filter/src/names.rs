//! The lists and labels that a user has, by name and by id.

use std::collections::HashMap;

use uuid::Uuid;

/// The names of a user's live lists, archived ones included, and labels.
///
/// Names are compared by the text that `fold` makes of them, which should be the folding of the search.
#[derive(Debug)]
pub struct Names {
    fold: fn(&str) -> String,
    lists: Kind,
    labels: Kind,
}

#[derive(Debug, Default)]
struct Kind {
    ids: HashMap<String, Uuid>,
    names: HashMap<Uuid, String>,
}

impl Names {
    /// Of names that fold to the same text the first one is found, unless one is typed exactly.
    pub fn new<'a>(
        lists: impl IntoIterator<Item = (Uuid, &'a str)>,
        labels: impl IntoIterator<Item = (Uuid, &'a str)>,
        fold: fn(&str) -> String,
    ) -> Self {
        Self {
            fold,
            lists: Kind::new(lists, fold),
            labels: Kind::new(labels, fold),
        }
    }

    pub(crate) fn list(&self, typed: &str) -> Option<Uuid> {
        self.lists.find(typed, self.fold)
    }

    pub(crate) fn label(&self, typed: &str) -> Option<Uuid> {
        self.labels.find(typed, self.fold)
    }

    /// The name by which this list is found; `None` if another one is found by its name.
    pub(crate) fn list_name(&self, id: Uuid) -> Option<&str> {
        let name = self.lists.names.get(&id)?;
        (self.list(name) == Some(id)).then_some(name)
    }

    pub(crate) fn label_name(&self, id: Uuid) -> Option<&str> {
        let name = self.labels.names.get(&id)?;
        (self.label(name) == Some(id)).then_some(name)
    }
}

impl Kind {
    fn new<'a>(names: impl IntoIterator<Item = (Uuid, &'a str)>, fold: fn(&str) -> String) -> Self {
        let mut kind = Self::default();
        for (id, name) in names {
            kind.ids.entry(exact_key(name)).or_insert(id);
            kind.ids.entry(fold(name)).or_insert(id);
            kind.names.insert(id, name.to_owned());
        }
        kind
    }

    fn find(&self, typed: &str, fold: fn(&str) -> String) -> Option<Uuid> {
        let id = self.ids.get(&exact_key(typed));
        id.or_else(|| self.ids.get(&fold(typed))).copied()
    }
}

// U+0000 is in no name, so that no folded text is equal to an exact one.
fn exact_key(name: &str) -> String {
    format!("\0{name}")
}
