//! Labels: a name belongs to one live label.

use super::rules::{Done, Rules};
use super::{Decision, Refusal, Stop};
use crate::search::fold_name;
use crate::{Id, Label, LabelBody, LabelDraft, LabelName, LabelPatch};

impl Rules for LabelBody {
    fn create(decision: &mut Decision<'_>, id: Id, draft: &LabelDraft) -> Result<Done<Self>, Stop> {
        check_name(decision, id, &draft.name)?;
        let body = Self {
            name: draft.name.clone(),
            color: draft.color.flatten(),
        };
        decision.insert(id, body).map(Done::updated)
    }

    fn is_result_of(_: &mut Decision<'_>, label: &Label, draft: &LabelDraft) -> Result<bool, Stop> {
        let has_color = draft.color.is_none_or(|color| color == label.body.color);
        Ok(label.body.name == draft.name && has_color)
    }

    fn change(
        decision: &mut Decision<'_>,
        before: Label,
        patch: &LabelPatch,
    ) -> Result<Done<Self>, Stop> {
        let mut body = before.body.clone();
        if let Some(name) = &patch.name {
            check_name(decision, before.id, name)?;
            body.name = name.clone();
        }
        if let Some(color) = patch.color {
            body.color = color;
        }
        if body == before.body {
            return Ok(Done::unchanged(before));
        }
        decision.update(before, body).map(Done::updated)
    }

    fn restore(decision: &mut Decision<'_>, before: Label) -> Result<Done<Self>, Stop> {
        check_name(decision, before.id, &before.body.name)?;
        let body = before.body.clone();
        decision.revive(before, body).map(Done::updated)
    }
}

/// Names are compared without regard to case and accents, as a search does.
fn check_name(decision: &mut Decision<'_>, id: Id, name: &LabelName) -> Result<(), Stop> {
    let key = fold_name(name.as_str());
    let mut others = decision.all::<LabelBody>()?.into_iter();
    let is_taken = others.any(|other| other.id != id && fold_name(other.body.name.as_str()) == key);
    match is_taken {
        true => Err(Refusal::NameTaken.into()),
        false => Ok(()),
    }
}
