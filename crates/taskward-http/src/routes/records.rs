//! What the handlers of lists and labels have in common: kinds of records of which a user has few.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use serde::Serialize;
use taskward_access::Grant;
use taskward_domain::{Entity, Id, Kind, Precondition, Record, WriteOutcome};
use taskward_service::WrittenRecord;

use super::respond::{RECORD_BYTES, json, not_modified};
use crate::path::IdInPath;
use crate::precondition::{IfNoneMatch, ListTags, record_tag};
use crate::problem::{ForKind, Problem};
use crate::state::AppState;

/// A kind of record with its wire form.
pub(super) trait Served: Entity {
    type Answer<'a>: Serialize
    where
        Self: 'a;

    fn answer(record: &Record<Self>) -> Self::Answer<'_>;
}

/// All records that `selects` selects, in the order of `sort`. `question` names the kind and which of them.
pub(super) async fn list<B: Served>(
    state: &AppState,
    grant: &Grant,
    condition: &IfNoneMatch,
    question: &str,
    selects: impl Fn(&Record<B>) -> bool,
    sort: impl Fn(&mut Vec<Record<B>>),
) -> Result<Response<Body>, Problem> {
    let mut all = state.services.all::<B>(grant).await?;
    let tag = ListTags::of_all(grant, question).at(all.newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    all.records.retain(selects);
    sort(&mut all.records);
    let answers: Vec<_> = all.records.iter().map(B::answer).collect();
    json(&tag, &answers, answers.len() * RECORD_BYTES + 2)
}

pub(super) async fn find<B: Served>(
    state: &AppState,
    grant: &Grant,
    path: &IdInPath,
    condition: &IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let id = path.id(B::KIND)?;
    let found = state.services.find::<B>(grant, id).await;
    let found = found.for_kind(B::KIND)?;
    let tag = record_tag(found.record.tag(found.epoch));
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    json(&tag, &B::answer(&found.record), RECORD_BYTES)
}

pub(super) async fn create<B: Served>(
    state: &AppState,
    grant: &Grant,
    uri: &Uri,
    id: Option<Id>,
    draft: B::Draft,
) -> Result<Response<Body>, Problem> {
    let written = state.services.create::<B>(grant, id, draft).await?;
    let mut response = answer(state, grant, &written)?;
    if written.outcome == WriteOutcome::Created {
        created(&mut response, uri, written.record.id);
    }
    Ok(response)
}

/// Makes a response one to a create: 201, with the path of the record.
pub(super) fn created(response: &mut Response<Body>, uri: &Uri, id: Id) {
    created_at(response, &format!("{}/{id}", uri.path()));
}

pub(super) fn created_at(response: &mut Response<Body>, location: &str) {
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
}

pub(super) async fn change<B: Served>(
    state: &AppState,
    grant: &Grant,
    path: &IdInPath,
    precondition: Precondition,
    change: B::Change,
) -> Result<Response<Body>, Problem> {
    let id = path.id(B::KIND)?;
    let written = state
        .services
        .change::<B>(grant, id, precondition, change)
        .await?;
    answer(state, grant, &written)
}

pub(super) async fn delete<B: Entity>(
    state: &AppState,
    grant: &Grant,
    path: &IdInPath,
    precondition: Precondition,
) -> Result<StatusCode, Problem> {
    let id = path.id(B::KIND)?;
    check::<B>(state, grant)?;
    let written = state.services.delete::<B>(grant, id, precondition).await?;
    state.charge_rows(grant, written.rows);
    charge::<B>(state, grant, written.rows);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn restore<B: Served>(
    state: &AppState,
    grant: &Grant,
    path: &IdInPath,
    precondition: Precondition,
) -> Result<Response<Body>, Problem> {
    let id = path.id(B::KIND)?;
    check::<B>(state, grant)?;
    let written = state.services.restore::<B>(grant, id, precondition).await?;
    charge::<B>(state, grant, written.rows);
    answer(state, grant, &written)
}

/// A deletion or restoration of a list writes its tasks too, so lists have a limit of their own.
fn check<B: Entity>(state: &AppState, grant: &Grant) -> Result<(), Problem> {
    match B::KIND {
        Kind::List => state.check_lists(grant),
        _ => Ok(()),
    }
}

fn charge<B: Entity>(state: &AppState, grant: &Grant, rows: usize) {
    if B::KIND == Kind::List {
        state.charge_lists(grant, rows);
    }
}

/// The record after a write.
fn answer<B: Served>(
    state: &AppState,
    grant: &Grant,
    written: &WrittenRecord<B>,
) -> Result<Response<Body>, Problem> {
    state.charge_rows(grant, written.rows);
    let tag = record_tag(written.record.tag(written.epoch));
    json(&tag, &B::answer(&written.record), RECORD_BYTES)
}
