//! The members of a body that moves a record among those beside it.

use serde_json::Value;
use taskward_domain::{Id, RankMove};

use crate::body::{Member, Members, Place};

/// One end of the order.
enum End {
    First,
    Last,
}

impl Member for End {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match String::read(value, place)?.as_str() {
            "first" => Some(Self::First),
            "last" => Some(Self::Last),
            _ => place.broken("out_of_range", "must be first or last"),
        }
    }
}

/// At most one of `before`, `after` and `position`.
pub(super) fn rank_move(members: &mut Members<'_>) -> Option<RankMove> {
    const NAMES: [&str; 3] = ["before", "after", "position"];
    let mut given = NAMES.into_iter().filter(|name| members.has(name));
    let first = given.next();
    let others: Vec<&str> = given.collect();
    let before: Option<Id> = members.optional("before");
    let after: Option<Id> = members.optional("after");
    let position: Option<End> = members.optional("position");
    if let Some(first) = first {
        for name in others {
            members.broken::<()>(
                name,
                "conflicting_members",
                format_args!("is not possible together with `{first}`"),
            );
        }
    }
    match (before, after, position) {
        (Some(anchor), ..) => Some(RankMove::Before(anchor)),
        (None, Some(anchor), _) => Some(RankMove::After(anchor)),
        (None, None, Some(End::First)) => Some(RankMove::First),
        (None, None, Some(End::Last)) => Some(RankMove::Last),
        (None, None, None) => None,
    }
}
