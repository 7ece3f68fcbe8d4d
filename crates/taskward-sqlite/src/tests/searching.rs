//! The search index follows the tasks and keeps their owners apart.

use taskward_domain::Completion;

use super::{Place, at, create, toggle};

#[tokio::test]
async fn the_index_follows_every_kind_of_write() {
    let place = Place::new();
    let alice = place.person("alice");
    alice
        .act(1, create("Oat milk", Some("two litres")), at(0))
        .await
        .unwrap();
    alice.create(2, "milkshake").await.unwrap();
    assert_eq!(alice.search("milk").await, [2, 1], "newest first");
    assert_eq!(
        alice.search("LITRES oat").await,
        [1],
        "every word, title and description"
    );
    assert_eq!(
        alice.search("ilk").await,
        [0; 0],
        "words are found by how they begin"
    );

    alice.retitle(1, "Soy drink").await.unwrap();
    assert_eq!(alice.search("milk").await, [2]);
    assert_eq!(alice.search("soy").await, [1]);

    alice.act(2, toggle(), at(0)).await.unwrap();
    assert_eq!(alice.search_by("milk", Completion::Done).await, [2]);
    assert_eq!(alice.search_by("milk", Completion::Open).await, [0; 0]);

    alice.delete(2).await.unwrap();
    assert_eq!(alice.search("milk").await, [0; 0]);
    alice.create(3, "milk again").await.unwrap();
    alice.restore(2).await.unwrap();
    assert_eq!(alice.search("milk").await, [3, 2]);
    alice.delete(3).await.unwrap();
    assert_eq!(alice.search("milk").await, [2]);
}

#[tokio::test]
async fn the_index_holds_live_tasks_only() {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=20 {
        alice.create(number, "milk").await.unwrap();
    }
    for number in 1..=10 {
        alice.delete(number).await.unwrap();
    }
    let indexed = "SELECT count(*) FROM task_search_docsize";
    assert_eq!(place.number(indexed), 10);
    place.store.purge_at(at(30)).await.unwrap();
    assert_eq!(place.number(indexed), 10);
    let check = "INSERT INTO task_search (task_search) VALUES ('integrity-check')";
    place.look().execute(check, []).unwrap();
}

#[tokio::test]
async fn a_search_finds_the_callers_own_tasks_only() {
    let place = Place::new();
    let names = ["a", "ab", "A", "61", "c5h0", "alice@example.org"];
    for (number, name) in (1..).zip(names) {
        place.person(name).create(number, "milk").await.unwrap();
    }
    for (number, name) in (1..).zip(names) {
        assert_eq!(place.person(name).search("m").await, [number], "{name}");
    }
    assert_eq!(place.person("nobody").search("milk").await, [0; 0]);
}

#[tokio::test]
async fn scripts_without_ascii_letters_are_found() {
    let place = Place::new();
    let alice = place.person("alice");
    let titles = [
        "買牛乳",
        "Молоко купить",
        "γάλα",
        "حليب",
        "दूध",
        "😀",
        "𝔪𝔦𝔩𝔨",
    ];
    for (number, title) in (1..).zip(titles) {
        alice.create(number, title).await.unwrap();
    }
    let cases = [
        ("牛", 1),
        ("моло", 2),
        ("ΓΑΛΑ", 3),
        ("حلي", 4),
        ("दूध", 5),
        ("milk", 7),
    ];
    for (text, number) in cases {
        assert_eq!(alice.search(text).await, [number], "{text}");
    }
}
