//! `events`: live notifications that something changed.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{CHANGES, EVENTS, path};
use crate::harness::{EventStream, Server};

pub(super) async fn every_write_is_sent_to_all_streams_of_its_user(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let mut streams = [
        EventStream::open(&alice, None).await,
        EventStream::open(&alice, None).await,
    ];
    let mut bobs = EventStream::open(&bob, None).await;
    for stream in &mut streams {
        assert_eq!(
            stream.next_cursor().await,
            Some(0),
            "the first event has the newest cursor"
        );
    }
    assert_eq!(bobs.next_cursor().await, Some(0));
    let task = alice.create("one").await;
    for stream in &mut streams {
        assert_eq!(stream.next_cursor().await, Some(1));
    }
    alice
        .patch(&path(&task), json!({ "completed": true }))
        .await
        .expect(StatusCode::OK);
    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    for stream in &mut streams {
        // Two writes make one event or two; the newest cursor must arrive.
        while stream.next_cursor().await.unwrap() < 3 {}
    }
    // `changes` has the same newest cursor.
    let page = alice
        .get(&format!("{CHANGES}?since=0"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(page["cursor"], 3);
    // The first event that Bob gets is that of his own write.
    bob.create("bob's").await;
    assert_eq!(bobs.next_cursor().await, Some(1));
}

pub(super) async fn last_event_id_resumes_a_stream(server: Server) {
    let alice = server.user("alice");
    alice.create("one").await;
    let mut behind = EventStream::open(&alice, Some("0")).await;
    assert_eq!(behind.next_cursor().await, Some(1));
    let mut up_to_date = EventStream::open(&alice, Some("1")).await;
    alice.create("two").await;
    assert_eq!(
        up_to_date.next_cursor().await,
        Some(2),
        "the first cursor after the known one"
    );
    // A cursor of another history is refused.
    let fields = [("last-event-id", "99")];
    let ahead = alice
        .request(Method::GET, EVENTS, &fields, Body::empty())
        .await;
    ahead.problem(410, "cursor_too_old");
    for bad in ["x", "-1", "+1", "01", "", "9007199254740992"] {
        let fields = [("last-event-id", bad)];
        let answer = alice
            .request(Method::GET, EVENTS, &fields, Body::empty())
            .await;
        answer.problem(400, "malformed_request");
    }
}

pub(super) async fn sec_48_a_user_has_at_most_five_streams(server: Server) {
    let alice = server.user("alice");
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = EventStream::open(&alice, None).await;
        stream.next_cursor().await.unwrap();
        streams.push(stream);
    }
    let refused = alice.get(EVENTS).await.problem(429, "too_many_streams");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let mut bobs = EventStream::open(&server.user("bob"), None).await;
    assert_eq!(
        bobs.next_cursor().await,
        Some(0),
        "other users are not affected"
    );
    // A closed stream stops counting when the server notices, which is when it sends the next event.
    drop(streams.pop());
    let mut stream = loop {
        alice.create("tell them").await;
        match EventStream::try_open(&alice, None).await {
            Ok(stream) => break stream,
            Err(answer) => drop(answer.problem(429, "too_many_streams")),
        }
    };
    stream.next_cursor().await.unwrap();
    // Only the header field authenticates a stream.
    let token = server.issuer().token("alice");
    for query in ["access_token", "token"] {
        let answer = server
            .anon()
            .get(&format!("{EVENTS}?{query}={token}"))
            .await;
        answer.problem(401, "missing_token");
    }
}

pub(super) async fn sec_48_a_stream_ends_when_its_token_expires(server: Server) {
    let short = server.issuer().draft("alice").lifetime(6).sign();
    let mut stream = EventStream::open(&server.bearer(&short), None).await;
    assert_eq!(stream.next_cursor().await, Some(0));
    // Events before the expiry do not prolong the stream.
    server.user("alice").create("meanwhile").await;
    assert_eq!(stream.next_cursor().await, Some(1));
    assert_eq!(stream.next_cursor().await, None);
}

pub(super) async fn streams_end_when_the_server_stops(server: Server) {
    let mut stream = EventStream::open(&server.user("alice"), None).await;
    assert_eq!(stream.next_cursor().await, Some(0));
    let (restarted, end) = tokio::join!(server.restart(), stream.next_cursor());
    assert_eq!(end, None);
    assert!(restarted.user("alice").titles().await.is_empty());
}
