//! Live updates: a stream of hints that the caller's list has changed, as server-sent events (WHATWG HTML, section 9.2).
//!
//! Invariants (SEC-48): a hint carries the newest cursor and no task; the stream ends when the token does, and when the
//! server stops; it never buffers, since a reader that lags is told the newest cursor only.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::time::{Sleep, sleep, timeout};

use super::extract::OwnCaller;
use super::problem::ProblemBody;
use super::query::{NoQuery, parse_seq};
use super::shapes::AccessFaults;
use super::state::Stopping;
use super::{Problem, ProblemKind};
use crate::service::{Follower, Services};

/// How often a stream with nothing to tell says that it is still there. Well below what proxies take for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(2);

/// Hear of changes as they happen
///
/// Server-sent events. Each is of type `change`, has the newest cursor as its id, and `{"cursor": number}` as its data:
/// ask `changes` what it was. The first comes at once unless `Last-Event-ID` is the newest cursor already. The stream
/// ends with the token; connect again with a fresh one.
#[utoipa::path(get, path = "/events", tag = "tasks", operation_id = "follow_events",
    params(
        super::shapes::OwnerPath,
        ("Last-Event-ID" = Option<u64>, Header, description = "The last cursor heard of"),
    ),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 400, description = "Last-Event-ID is no cursor", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults,
        (status = 429, description = "The caller follows on 5 connections already", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn follow(
    State(services): State<Services>,
    State(stopping): State<Stopping>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    LastEventId(told): LastEventId,
) -> Result<Response, Problem> {
    let follower = services.follow(caller, told)?;
    let mut response = Sse::new(events(follower, stopping)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Some proxies hold answers back until they are long enough, unless told otherwise.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

struct Following {
    follower: Follower,
    end: Pin<Box<Sleep>>,
    stopping: Stopping,
    has_begun: bool,
}

fn events(follower: Follower, stopping: Stopping) -> impl Stream<Item = Result<Event, Infallible>> {
    let following = Following {
        end: Box::pin(sleep(follower.remaining())),
        follower,
        stopping,
        has_begun: false,
    };
    stream::unfold(following, async |mut following| {
        let event = following.next().await?;
        Some((Ok(event), following))
    })
}

impl Following {
    /// The next thing to send, or the end.
    async fn next(&mut self) -> Option<Event> {
        let told = tokio::select! {
            biased;
            () = &mut self.end => return None,
            () = self.stopping.wait() => return None,
            told = timeout(HEARTBEAT, self.follower.changed()) => told,
        };
        match told {
            Ok(Ok(cursor)) => {
                let event = Event::default()
                    .event("change")
                    .id(cursor.to_string())
                    .data(format!("{{\"cursor\":{cursor}}}"));
                let is_first = !std::mem::replace(&mut self.has_begun, true);
                Some(if is_first {
                    event.retry(RECONNECT)
                } else {
                    event
                })
            }
            Ok(Err(error)) => {
                // The head is sent, so the only way left to say no is to stop; the client connects again.
                tracing::warn!(error = %error, "an event stream ended early");
                None
            }
            Err(_elapsed) => Some(Event::default().comment("still here")),
        }
    }
}

/// The `Last-Event-ID` of a client that connects again.
pub(super) struct LastEventId(Option<u64>);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let mut fields = parts.headers.get_all("last-event-id").iter();
        let (first, second) = (fields.next(), fields.next());
        let told = match first {
            None => None,
            Some(field) => Some(
                field
                    .to_str()
                    .ok()
                    .filter(|_| second.is_none())
                    .and_then(parse_seq)
                    .ok_or(ProblemKind::MalformedRequest)?,
            ),
        };
        Ok(Self(told))
    }
}
