//! Labels, and the settings of a user.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{LABELS, LIST, LISTS, SETTINGS, assert_refused, id, made, members, path};
use crate::harness::{Answer, Client, Server, fresh_id};

fn label_path(label: &Value) -> String {
    format!("{LABELS}/{}", id(label))
}

pub(super) async fn labels_have_names_of_their_own(server: Server) {
    let alice = server.user("alice");
    let label = made(&alice, LABELS, json!({ "name": "Café" })).await;
    let created_at = &label["created_at"];
    assert_eq!(
        label,
        json!({
            "id": label["id"], "name": "Café", "color": null, "created_at": created_at, "updated_at": created_at, "version": 1,
        })
    );
    let other = made(&alice, LABELS, json!({ "name": "anna", "color": "red" })).await;
    let all = alice.get(LABELS).await.expect(StatusCode::OK).json();
    assert_eq!(members(&all, "name"), ["anna", "Café"]);
    let taken = json!({ "name": "CAFE" });
    alice
        .post(LABELS, taken.clone())
        .await
        .problem(409, "name_taken");
    let answer = alice.patch(&label_path(&other), taken.clone()).await;
    answer.problem(409, "name_taken");
    let answer = alice.patch(&label_path(&label), taken.clone()).await;
    assert_eq!(answer.expect(StatusCode::OK).json()["name"], "CAFE");
    let again = json!({ "id": id(&other), "name": "anna" });
    alice.post(LABELS, again).await.expect(StatusCode::OK);
    let taken_id = json!({ "id": id(&other), "name": "berta" });
    alice.post(LABELS, taken_id).await.problem(409, "id_taken");

    // A label in the trash keeps its tasks, and its name is free.
    let task = made(
        &alice,
        LIST,
        json!({ "title": "t", "label_ids": [id(&label)] }),
    )
    .await;
    let answer = alice.delete(&label_path(&label)).await;
    answer.expect(StatusCode::NO_CONTENT);
    let after = alice.get(&path(&task)).await.json();
    assert_eq!(after, task);
    let second = made(&alice, LABELS, json!({ "name": "cafe" })).await;
    let restore = format!("{}/restore", label_path(&label));
    let restored = async || {
        alice
            .request(Method::POST, &restore, &[], Body::empty())
            .await
    };
    restored().await.problem(409, "name_taken");
    alice
        .delete(&label_path(&second))
        .await
        .expect(StatusCode::NO_CONTENT);
    restored().await.expect(StatusCode::OK);
    for answer in [
        alice.get(&format!("{LABELS}/{}", fresh_id())).await,
        alice.delete(&label_path(&second)).await,
        alice.patch(&label_path(&second), json!({})).await,
    ] {
        answer.problem(404, "label_not_found");
    }
    let stale = [("if-match", "\"1\"")];
    let answer = alice
        .request(Method::DELETE, &label_path(&label), &stale, Body::empty())
        .await;
    answer.problem(412, "version_mismatch");
}

pub(super) async fn invalid_labels_are_refused_by_member(server: Server) {
    let alice = server.user("alice");
    let label = made(&alice, LABELS, json!({ "name": "errand" })).await;
    for (name, code) in [
        (json!(" "), "empty"),
        (json!("x".repeat(61)), "too_long"),
        (json!("a\u{7}b"), "control_character"),
        (json!("two words"), "out_of_range"),
        (json!("@at"), "out_of_range"),
        (json!("a\"b"), "out_of_range"),
        (json!(["a"]), "wrong_type"),
    ] {
        let body = json!({ "name": name });
        assert_refused(alice.post(LABELS, body.clone()).await, &[("/name", code)]);
        let answer = alice.patch(&label_path(&label), body).await;
        assert_refused(answer, &[("/name", code)]);
    }
    let body = json!({ "name": null, "color": 1, "icon": null, "version": 1 });
    let expected = [
        ("/name", "required"),
        ("/color", "wrong_type"),
        ("/icon", "unknown_member"),
        ("/version", "read_only"),
    ];
    assert_refused(alice.post(LABELS, body).await, &expected);
}

async fn write_settings(client: &Client, tag: Option<&str>, body: Value) -> Answer {
    let mut fields = vec![("content-type", "application/json")];
    fields.extend(tag.map(|tag| ("if-match", tag)));
    let body = Body::from(body.to_string());
    client.request(Method::PATCH, SETTINGS, &fields, body).await
}

pub(super) async fn settings_exist_from_their_first_write_on(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let default = json!({
        "time_zone": null, "week_start": 1, "day_starts_at": "00:00", "default_list_id": null,
        "all_day_reminder_at": "09:00", "updated_at": null, "version": 0,
    });
    let read = alice.get(SETTINGS).await.expect(StatusCode::OK);
    assert_eq!(
        (read.json(), read.header("etag")),
        (default.clone(), Some("\"0\""))
    );
    let known = [("if-none-match", "\"0\"")];
    let answer = alice
        .request(Method::GET, SETTINGS, &known, Body::empty())
        .await;
    answer.expect(StatusCode::NOT_MODIFIED);
    // The web app of a new user sets the zone once, on whichever device comes first.
    let zone = json!({ "time_zone": "europe/berlin" });
    let first = write_settings(&alice, Some("\"0\""), zone.clone()).await;
    let first = first.expect(StatusCode::OK);
    assert_eq!(first.header("etag"), Some("\"1\""));
    let second = write_settings(&alice, Some("\"0\""), json!({ "time_zone": "UTC" })).await;
    second.problem(412, "version_mismatch");
    let mut expected = default.clone();
    expected["time_zone"] = "Europe/Berlin".into();
    expected["version"] = 1.into();
    expected["updated_at"] = first.json()["updated_at"].clone();
    let read = alice.get(SETTINGS).await.expect(StatusCode::OK);
    assert_eq!(
        (read.json(), read.header("etag")),
        (expected, Some("\"1\""))
    );
    let answer = write_settings(&alice, Some("\"1\""), zone).await;
    assert_eq!(answer.expect(StatusCode::OK).header("etag"), Some("\"1\""));
    let more = json!({ "week_start": 7, "day_starts_at": "06:00", "all_day_reminder_at": "07:30", "time_zone": null });
    let answer = write_settings(&alice, None, more.clone()).await;
    let written = answer.expect(StatusCode::OK).json();
    for (name, value) in more.as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
    assert_eq!(bob.get(SETTINGS).await.json(), default);
    write_settings(&bob, Some("\"1\""), more)
        .await
        .problem(412, "version_mismatch");
}

pub(super) async fn invalid_settings_are_refused_by_member(server: Server) {
    let alice = server.user("alice");
    let body = json!({
        "time_zone": "+01:00", "week_start": 8, "day_starts_at": "06:01", "all_day_reminder_at": "9:00",
        "default_list_id": "inbox", "version": 0, "theme": "dark",
    });
    let expected = [
        ("/time_zone", "unknown_time_zone"),
        ("/week_start", "out_of_range"),
        ("/day_starts_at", "out_of_range"),
        ("/all_day_reminder_at", "invalid_time"),
        ("/default_list_id", "invalid_id"),
        ("/version", "read_only"),
        ("/theme", "unknown_member"),
    ];
    assert_refused(alice.patch(SETTINGS, body).await, &expected);
    let unknown = json!({ "default_list_id": fresh_id() });
    let answer = alice.patch(SETTINGS, unknown).await;
    assert_refused(answer, &[("/default_list_id", "unknown_list")]);
    let answer = alice.patch(SETTINGS, json!({ "week_start": null })).await;
    assert_refused(answer, &[("/week_start", "wrong_type")]);
    assert_eq!(alice.get(SETTINGS).await.json()["version"], 0);
}

pub(super) async fn a_create_without_a_list_goes_to_the_default_list(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let create = json!({ "id": fresh_id(), "title": "before" });
    made(&alice, LIST, create.clone()).await;
    let answer = alice
        .patch(SETTINGS, json!({ "default_list_id": id(&list) }))
        .await;
    assert_eq!(
        answer.expect(StatusCode::OK).json()["default_list_id"],
        list["id"]
    );
    assert_eq!(alice.create("t").await["list_id"], list["id"]);
    let inbox = made(&alice, LIST, json!({ "title": "t", "list_id": null })).await;
    assert_eq!(inbox["list_id"], Value::Null);
    // A repeated create stays one.
    alice.post(LIST, create).await.expect(StatusCode::OK);
    // Deleting the list resets the setting.
    let answer = alice.delete(&format!("{LISTS}/{}", id(&list))).await;
    answer.expect(StatusCode::NO_CONTENT);
    let settings = alice.get(SETTINGS).await.json();
    assert_eq!(
        (&settings["default_list_id"], &settings["version"]),
        (&Value::Null, &json!(2))
    );
}
