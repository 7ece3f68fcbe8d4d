//! Search: each case finds the same tasks on every backend.

use axum::http::StatusCode;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::{LIST, path};
use crate::harness::{Client, Server};

/// The titles that a search finds, newest first.
async fn found(client: &Client, search: &str) -> Vec<String> {
    let tasks = client
        .get(&path_of(search))
        .await
        .expect(StatusCode::OK)
        .json();
    let titles = tasks.as_array().unwrap().iter();
    titles
        .map(|task| task["title"].as_str().unwrap().to_owned())
        .collect()
}

fn path_of(search: &str) -> String {
    let search: String = byte_serialize(search.as_bytes()).collect();
    format!("{LIST}?q={search}")
}

async fn create(client: &Client, title: &str, description: &str) {
    let body = json!({ "title": title, "description": description });
    client.post(LIST, body).await.expect(StatusCode::CREATED);
}

pub(super) async fn search_matches_word_prefixes_and_ignores_case(server: Server) {
    let alice = server.user("alice");
    create(&alice, "Buy oat milk", "two litres, organic").await;
    create(&alice, "Crème brûlée", "milk and eggs").await;
    create(&alice, "Straße fegen", "").await;
    create(&alice, "買牛乳", "").await;
    create(&alice, "Mail bob@example.com", "about README.md, v1.2-rc3").await;
    for (search, titles) in [
        ("milk", &["Crème brûlée", "Buy oat milk"][..]),
        ("MIL", &["Crème brûlée", "Buy oat milk"]),
        ("ilk", &[]),
        ("oat milk", &["Buy oat milk"]),
        ("milk oat", &["Buy oat milk"]),
        ("oatmilk", &[]),
        ("oat eggs", &[]),
        ("litres organic buy", &["Buy oat milk"]),
        ("creme BRULEE", &["Crème brûlée"]),
        ("cre\u{300}me", &["Crème brûlée"]),
        ("strasse", &["Straße fegen"]),
        ("STRASSE", &["Straße fegen"]),
        ("牛乳", &["買牛乳"]),
        ("乳", &["買牛乳"]),
        ("bob@example.com", &["Mail bob@example.com"]),
        ("example", &["Mail bob@example.com"]),
        ("readme", &["Mail bob@example.com"]),
        ("md v1 2 rc3", &["Mail bob@example.com"]),
        ("nothing", &[]),
    ] {
        assert_eq!(found(&alice, search).await, titles, "{search}");
    }
}

pub(super) async fn search_knows_the_letters_of_each_script(server: Server) {
    let alice = server.user("alice");
    let titles = [
        "Łódź",
        "smørrebrød",
        "Đường",
        "ışık",
        "Αθήνα",
        "Ёлка",
        "दान देना",
        "தமிழ் படி",
        "มานีกินข้าว",
        "រៀនភាសាខ្មែរ",
        "မြန်မာစာ",
        "がき",
        "ｶﾞｽ代",
        "世界",
        "京都と東京",
        "中华人民共和国",
        "\u{1112}\u{1161}\u{11ab}국어",
        "שָׁלוֹם",
        "مُحَمَّد",
        "新しいTシャツ",
    ];
    for title in titles {
        create(&alice, title, "").await;
    }
    for (search, title) in [
        ("lodz", Some("Łódź")),
        ("smorrebrod", Some("smørrebrød")),
        ("duong", Some("Đường")),
        ("IŞIK", Some("ışık")),
        ("αθηνα", Some("Αθήνα")),
        ("елка", Some("Ёлка")),
        ("दिन", None),
        ("दान", Some("दान देना")),
        ("தமழ", None),
        ("தமிழ்", Some("தமிழ் படி")),
        ("นม", None),
        ("กิน", Some("มานีกินข้าว")),
        ("ข้", Some("มานีกินข้าว")),
        ("ขาว", None),
        ("ភាសាខ្មែ", Some("រៀនភាសាខ្មែរ")),
        ("ភាសាខម", None),
        ("စာ", Some("မြန်မာစာ")),
        ("かき", None),
        ("か\u{3099}き", Some("がき")),
        ("ガス", Some("ｶﾞｽ代")),
        ("界世", None),
        ("界", Some("世界")),
        ("東京都", None),
        ("人民共和", Some("中华人民共和国")),
        ("共和人民", None),
        ("한국", Some("\u{1112}\u{1161}\u{11ab}국어")),
        ("שלום", Some("שָׁלוֹם")),
        ("محمد", Some("مُحَمَّد")),
        ("シャツ 新しい", Some("新しいTシャツ")),
    ] {
        assert_eq!(
            found(&alice, search).await,
            Vec::from_iter(title),
            "{search}"
        );
    }
    // Of the longest search each letter but the last two begins a term.
    let longest: String = ('一'..).take(200).collect();
    create(&alice, "longest", &format!("以{longest}")).await;
    assert_eq!(found(&alice, &longest).await, ["longest"]);
}

pub(super) async fn a_search_is_paged_and_filtered_like_a_list(server: Server) {
    let alice = server.user("alice");
    for number in 0..5 {
        let done = number % 2 == 0;
        let body = json!({ "title": format!("milk {number}"), "completed": done });
        alice.post(LIST, body).await.expect(StatusCode::CREATED);
        create(&alice, &format!("bread {number}"), "").await;
    }
    let mut titles = Vec::new();
    let mut next = Some(format!("{LIST}?q=M%C3%8Dlk&limit=2"));
    while let Some(page) = next {
        let answer = alice.get(&page).await.expect(StatusCode::OK);
        let tasks = answer.json();
        titles.extend(
            tasks
                .as_array()
                .unwrap()
                .iter()
                .map(|task| task["title"].as_str().unwrap().to_owned()),
        );
        next = answer.header("link").map(|link| {
            let (target, _) = link.trim_start_matches('<').split_once('>').unwrap();
            target.to_owned()
        });
    }
    assert_eq!(titles, ["milk 4", "milk 3", "milk 2", "milk 1", "milk 0"]);
    let done = alice
        .get(&format!("{LIST}?q=milk&completed=true"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(done.as_array().unwrap().len(), 3);
    // A cursor is valid for its search only.
    let page = alice
        .get(&format!("{LIST}?q=milk&limit=2"))
        .await
        .expect(StatusCode::OK);
    let other = page.header("link").unwrap().replace("q=milk", "q=bread");
    let (target, _) = other.trim_start_matches('<').split_once('>').unwrap();
    alice.get(target).await.problem(400, "malformed_query");
}

pub(super) async fn search_results_follow_every_write(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("milk").await;
    let put = json!({ "title": "bread", "description": "rye" });
    alice.put(&path(&task), put).await.expect(StatusCode::OK);
    assert!(found(&alice, "milk").await.is_empty());
    assert_eq!(found(&alice, "rye").await, ["bread"]);
    alice
        .patch(&path(&task), json!({ "description": null }))
        .await
        .expect(StatusCode::OK);
    assert!(found(&alice, "rye").await.is_empty());
    alice
        .patch(&path(&task), json!({ "completed": true }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(found(&alice, "bread").await, ["bread"]);
    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(found(&alice, "bread").await.is_empty());
    alice
        .post(&format!("{}/restore", path(&task)), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(found(&alice, "bread").await, ["bread"]);
    // The index survives a restart.
    let server = server.restart().await;
    assert_eq!(found(&server.user("alice"), "br").await, ["bread"]);
}

pub(super) async fn sec_68_search_text_is_never_query_syntax(server: Server) {
    let alice = server.user("alice");
    create(&alice, "milk", "").await;
    for search in [
        "milk OR bread",
        "milk NOT bread",
        "NEAR(milk bread)",
        "title:milk",
        "-milk bread",
        "^milk bread",
        "milk | bread",
        "milk <-> bread",
        "!bread milk",
        "'milk' bread",
        "milk\\ bread",
        "bread* milk",
        "milk:* bread",
        "{a b}: milk",
        "milk\u{0}bread",
        "\"milk bread",
    ] {
        assert!(found(&alice, search).await.is_empty(), "{search}");
    }
    for search in ["%", "_", "*", "\"", "'", "(", "&", "🎉", ""] {
        alice
            .get(&path_of(search))
            .await
            .problem(400, "malformed_query");
    }
    for search in [
        "%milk",
        "milk%",
        "\"milk\"",
        "milk*",
        "(milk)",
        "milk'); DROP TABLE task; --",
    ] {
        let hits = found(&alice, search).await;
        assert_eq!(hits.is_empty(), search.contains("DROP"), "{search}");
    }
    let longest = "x".repeat(200);
    assert!(found(&alice, &longest).await.is_empty());
    alice
        .get(&path_of(&"x".repeat(201)))
        .await
        .problem(400, "malformed_query");
    alice
        .get(&format!("{LIST}?q=a&q=b"))
        .await
        .problem(400, "malformed_query");
}

pub(super) async fn a_search_finds_no_tasks_of_other_users(server: Server) {
    // Names that a wrong scope in the index would mix up.
    let names = [
        "alice",
        "Alice",
        "alic",
        "alicex",
        "alice milk",
        "alice\u{e9}",
    ];
    for name in names {
        create(&server.user(name), &format!("milk of {name}"), "").await;
    }
    for name in names {
        assert_eq!(
            found(&server.user(name), "milk").await,
            [format!("milk of {name}")]
        );
    }
    assert!(found(&server.user("bob"), "milk").await.is_empty());
}
