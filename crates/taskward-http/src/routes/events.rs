//! Live updates: a stream that reports each advance of the caller's newest cursor, as server-sent events (WHATWG HTML,
//! section 9.2).
//!
//! Invariants (SEC-48): an event carries the newest cursor and no record. The stream ends when the token expires and when the
//! server stops. Nothing is buffered: a slow reader gets the newest cursor only.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use taskward_domain::FeedCursor;
use taskward_domain::limits::EVENT_STREAMS_PER_USER;
use taskward_service::Follower;
use tokio::time::{Sleep, sleep, timeout};

use super::changes::parse_cursor;
use crate::grant::OwnGrant;
use crate::openapi::{AccessFaults, OwnerPath};
use crate::problem::{Problem, ProblemBody, ProblemKind};
use crate::query::NoQuery;
use crate::routes::route::{Route, route};
use crate::state::{SharedState, Stopping};

/// How often an idle stream sends a comment. Well below the idle timeouts of common proxies.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::follow)]
}

/// Follow changes as they happen
///
/// Server-sent events of type `change`. Each has the newest cursor as its id and `{"cursor": number}` as its data: ask
/// `changes` what changed. The first event comes at once unless `Last-Event-ID` is the newest cursor. The stream ends when the
/// token expires; connect again with a new token.
#[utoipa::path(get, path = "/events", tag = "sync", operation_id = "follow_events",
    params(
        OwnerPath,
        ("Last-Event-ID" = Option<u64>, Header, description = "The id of the last event that the client received"),
    ),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 400, description = "Last-Event-ID is no cursor", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults,
        (status = 410, description = "Last-Event-ID is too old or from before a restored backup. Load the lists again", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = format!("The caller has {EVENT_STREAMS_PER_USER} streams open, or sent too many requests"), body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn follow(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    LastEventId(reported): LastEventId,
) -> Result<Response, Problem> {
    let follower = state.services.follow(grant, reported).await?;
    let stream = EventStream {
        end: Box::pin(sleep(follower.remaining())),
        follower,
        stopping: state.stopping.clone(),
        has_begun: false,
    };
    let mut response = Sse::new(stream.into_stream()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Turns off the response buffering of nginx.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

struct EventStream {
    follower: Follower,
    end: Pin<Box<Sleep>>,
    stopping: Stopping,
    has_begun: bool,
}

impl EventStream {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, async |mut stream| {
            let event = stream.next().await?;
            Some((Ok(event), stream))
        })
    }

    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        let changed = tokio::select! {
            biased;
            () = &mut self.end => return None,
            () = self.stopping.wait() => return None,
            changed = timeout(HEARTBEAT, self.follower.changed()) => changed,
        };
        match changed {
            Ok(Ok(cursor)) => {
                let number = cursor.number();
                let event = Event::default()
                    .event("change")
                    .id(number.to_string())
                    .data(format!("{{\"cursor\":{number}}}"));
                let is_first = !std::mem::replace(&mut self.has_begun, true);
                Some(if is_first {
                    event.retry(RECONNECT)
                } else {
                    event
                })
            }
            Ok(Err(error)) => {
                // The head is sent, so the only answer left is to end the stream; the client connects again.
                tracing::warn!(error = %error, "an event stream ended early");
                None
            }
            Err(_elapsed) => Some(Event::default().comment("heartbeat")),
        }
    }
}

/// The `Last-Event-ID` of a client that connects again.
pub(super) struct LastEventId(Option<FeedCursor>);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let mut fields = parts.headers.get_all("last-event-id").iter();
        let (first, second) = (fields.next(), fields.next());
        let reported = match first {
            None => None,
            Some(field) => Some(
                field
                    .to_str()
                    .ok()
                    .filter(|_| second.is_none())
                    .and_then(parse_cursor)
                    .ok_or(ProblemKind::MalformedEventId)?,
            ),
        };
        Ok(Self(reported))
    }
}
