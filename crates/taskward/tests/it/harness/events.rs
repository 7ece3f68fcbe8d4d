//! A client of `events`: reads a stream of server-sent events as it arrives.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::{Answer, Client};

/// A stream that sends nothing for this long fails the test.
const EVENT_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct EventStream {
    body: Incoming,
    text: String,
}

impl EventStream {
    pub(crate) async fn open(client: &Client, last_event_id: Option<&str>) -> Self {
        match Self::try_open(client, last_event_id).await {
            Ok(stream) => stream,
            Err(answer) => panic!("the stream was refused: {answer:?}"),
        }
    }

    /// The stream, or the answer that refuses it.
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

    /// The cursor of the next event; `None` once the stream has ended. Skips heartbeats.
    pub(crate) async fn next_cursor(&mut self) -> Option<u64> {
        loop {
            let Some((event, rest)) = self.text.split_once("\n\n") else {
                let frame = tokio::time::timeout(EVENT_TIMEOUT, self.body.frame());
                // A broken connection ends the stream too.
                let frame = frame
                    .await
                    .expect("an event or the end within the timeout")?
                    .ok()?;
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

/// The cursor of an event, after checking its other fields; `None` for a comment.
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
