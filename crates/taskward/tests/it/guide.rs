//! The lines of `docs/api/guide.md` are run as they are, in their order, against a server.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::Server;

const GUIDE: &str = include_str!("../../../../docs/api/guide.md");

/// Printed before the output of each step.
const MARK: &str = "=== step ";

/// The blocks of shell commands, with their names.
fn steps() -> Vec<(&'static str, &'static str)> {
    let blocks = GUIDE.split("```sh ").skip(1);
    blocks
        .map(|block| {
            let (name, rest) = block.split_once('\n').unwrap();
            (name, rest.split_once("```").unwrap().0)
        })
        .collect()
}

/// Runs the whole page in one shell, and returns the answers of each step.
async fn answers_of_all_steps(server: &Server) -> Vec<(String, Vec<Value>)> {
    let mut script = String::from("set -eu\n");
    for (name, block) in steps() {
        script.push_str(&format!("echo; echo '{MARK}{name}'\n{block}"));
    }
    let api = format!("http://{}/api/users/me", server.address());
    let run = Command::new("/bin/sh")
        .args(["-c", &script])
        .env("API", api)
        .env("TOKEN", server.issuer().token("alice"))
        .output();
    let output = run.await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    let steps = text.split(MARK).skip(1).map(|step| {
        let (name, answers) = step.split_once('\n').unwrap();
        let answers = serde_json::Deserializer::from_str(answers).into_iter();
        (name.to_owned(), answers.map(Result::unwrap).collect())
    });
    steps.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_the_guide_do_what_it_says() {
    let server = Server::start().await;
    let all = answers_of_all_steps(&server).await;
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "setup",
        "add",
        "complete",
        "today",
        "search",
        "move",
        "sync",
        "batch",
        "quick-add",
        "recur",
        "restore",
    ];
    assert_eq!(names, expected);
    let answers = |name: &str| &all.iter().find(|(step, _)| step == name).unwrap().1;

    let [list, raked] = &answers("add")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(raked["list_id"], list["id"]);
    assert_eq!(answers("complete")[0]["completed"], true);
    let [rent, today] = &answers("today")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(today, &json!([rent]));
    for found in answers("search") {
        assert_eq!(found[0]["id"], raked["id"]);
        assert_eq!(found.as_array().unwrap().len(), 1);
    }
    let [seeds, moved] = &answers("move")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&moved["id"], &moved["list_id"]),
        (&seeds["id"], &list["id"])
    );
    let [patched, changes] = &answers("sync")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1);
    assert_eq!(&changes["changes"][0]["task"], patched);
    let [first, second] = &answers("batch")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&first["replayed"], &second["replayed"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(first["cursor"], second["cursor"]);
    assert_eq!(first["results"][2]["task"]["list_id"], list["id"]);
    let [said, called] = &answers("quick-add")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&said["list_id"], &called["list_id"]),
        (&list["id"], &list["id"])
    );
    assert_eq!(
        (&said["title"], &called["title"]),
        (&json!("Call Ann @phone"), &json!("Call Ann"))
    );
    let [plants, watered, occurrences] = &answers("recur")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(watered["id"], plants["id"]);
    assert_eq!(occurrences[0], watered["next_occurrence"]);
    let [trash, restored] = &answers("restore")[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&trash[0]["id"], &restored["id"]),
        (&raked["id"], &raked["id"])
    );
}
