//! Somebody who follows events: reads a stream of server-sent events as it comes.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::{Answer, Client};

/// Longer than anything may take, so that a stream that has died fails its test.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct EventStream {
    body: Incoming,
    text: String,
}

impl EventStream {
    pub(crate) async fn open(client: &Client, last_event_id: Option<&str>) -> Self {
        match Self::try_open(client, last_event_id).await {
            Ok(stream) => stream,
            Err(answer) => panic!("no stream: {answer:?}"),
        }
    }

    /// The stream, or the answer in its place.
    pub(crate) async fn try_open(
        client: &Client,
        last_event_id: Option<&str>,
    ) -> Result<Self, Answer> {
        let fields: Vec<_> = last_event_id
            .iter()
            .map(|id| ("last-event-id", *id))
            .collect();
        let path = "/api/users/me/events";
        let response = client.send(Method::GET, path, &fields, Body::empty()).await;
        if response.status() != StatusCode::OK {
            return Err(Answer::read(response).await);
        }
        let field = |name| response.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(field("content-type"), "text/event-stream");
        assert_eq!(field("cache-control"), "no-store");
        Ok(Self {
            body: response.into_body(),
            text: String::new(),
        })
    }

    /// The cursor of the next event; `None` once the stream has ended. Heartbeats are passed over.
    pub(crate) async fn next_cursor(&mut self) -> Option<u64> {
        loop {
            let Some((event, rest)) = self.text.split_once("\n\n") else {
                let frame = tokio::time::timeout(PATIENCE, self.body.frame());
                // A connection that is cut is an end as well.
                let frame = frame.await.expect("the stream goes on or ends")?.ok()?;
                let data = frame.into_data().unwrap_or_default();
                self.text.push_str(std::str::from_utf8(&data).unwrap());
                continue;
            };
            let cursor = cursor_of(event);
            self.text = rest.to_owned();
            if cursor.is_some() {
                return cursor;
            }
        }
    }
}

/// What an event says, with everything it must say the same way twice; `None` for a comment.
fn cursor_of(event: &str) -> Option<u64> {
    let field = |name: &str| {
        event
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let cursor = field("id:")?.parse().unwrap();
    assert_eq!(field("event:"), Some("change"));
    assert_eq!(
        field("data:"),
        Some(format!("{{\"cursor\":{cursor}}}").as_str())
    );
    let known = ["id:", "event:", "data:", "retry:"];
    assert!(
        event
            .lines()
            .all(|line| known.iter().any(|name| line.starts_with(name))),
        "{event}"
    );
    Some(cursor)
}
