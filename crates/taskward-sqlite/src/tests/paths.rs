//! Each access path reads one range of its own index, so that a page costs the same whatever else the user has.

use rusqlite::{Connection, StatementStatus, params};
use taskward_domain::{Completion, PageLimit, SearchText, Sort, TaskFilter, TaskQuery, UserId};

use super::{Place, at, toggle};
use crate::load::Reader;
use crate::statements::{CHANGES_SINCE, ListStatement, Statements};

fn query(completion: Completion, search: Option<&str>) -> TaskQuery {
    let search = search.map(|text| SearchText::parse(text).unwrap());
    let filter = TaskFilter { completion, search };
    let limit = PageLimit::new(20).unwrap();
    TaskQuery::new(filter, Sort::Newest, None, limit).unwrap()
}

fn text(statement: ListStatement<'_>) -> &str {
    match statement {
        ListStatement::WithSeq(sql) | ListStatement::Plain(sql) => sql,
    }
}

fn plan(connection: &Connection, sql: &str, parameters: usize) -> String {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    for number in 1..=parameters {
        statement.raw_bind_parameter(number, "x").unwrap();
    }
    let mut rows = statement.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get::<_, String>(3).unwrap());
    }
    plan.join("\n")
}

#[test]
fn lists_read_their_index_and_do_not_sort() {
    let place = Place::new();
    let statements = Statements::new();
    for (completion, trash_count, indexes) in [
        (Completion::Any, 0, &["PRIMARY KEY"][..]),
        (
            Completion::Any,
            1_000,
            &["INDEX task_open", "INDEX task_done"],
        ),
        (Completion::Open, 1_000, &["INDEX task_open"]),
        (Completion::Done, 1_000, &["INDEX task_done"]),
    ] {
        let sql = text(statements.tasks.list(&query(completion, None), trash_count));
        let plan = plan(&place.look(), sql, 3);
        for index in indexes {
            let range = format!("SEARCH task USING {index} (user_id=? AND id<?)");
            assert!(plan.contains(&range), "{plan}");
        }
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
    for completion in [Completion::Any, Completion::Open, Completion::Done] {
        let sql = text(statements.tasks.list(&query(completion, Some("milk")), 0));
        let plan = plan(&place.look(), sql, 4);
        assert!(plan.contains("task_document"), "{plan}");
        assert!(plan.contains("SEARCH task USING PRIMARY KEY"), "{plan}");
    }
    let feed = plan(&place.look(), CHANGES_SINCE, 3);
    let range = "SEARCH change USING PRIMARY KEY (user_id=? AND seq>?)";
    assert!(
        feed.contains(range) && !feed.contains("TEMP B-TREE"),
        "{feed}"
    );
}

/// How many steps of SQLite's virtual machine a page takes.
fn steps(place: &Place, completion: Completion) -> i32 {
    let connection = place.look();
    let statements = Statements::new();
    let query = query(completion, None);
    let owner: UserId = "alice".parse().unwrap();
    let reader = Reader {
        connection: &connection,
        statements: &statements,
        owner: &owner,
    };
    let trash_count = reader.account().unwrap().trash_count;
    let sql = text(statements.tasks.list(&query, trash_count));
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement
        .query(params![owner.as_str(), [0xff_u8; 16], query.limit().rows()])
        .unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[tokio::test]
async fn a_page_costs_the_same_with_a_full_trash_and_many_completed_tasks() {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=40 {
        alice.create(number, "milk").await.unwrap();
    }
    for number in 1..=20 {
        alice.act(number, toggle(), at(0)).await.unwrap();
    }
    let kinds = [Completion::Any, Completion::Open, Completion::Done];
    let before = kinds.map(|completion| steps(&place, completion));
    // Between the tasks of the page and the start of the range.
    for number in 1_000..3_000 {
        alice.create(number, "milk").await.unwrap();
        alice.delete(number).await.unwrap();
    }
    let [any, open, done] = kinds.map(|completion| steps(&place, completion));
    assert_eq!([open, done], before[1..]);
    // Read from two indexes, at most twice as many rows are looked at.
    assert!(any < 3 * before[0], "{any} {}", before[0]);
    let beside = any;
    for number in 3_000..4_000 {
        alice.create(number, "milk").await.unwrap();
        alice.delete(number).await.unwrap();
    }
    assert_eq!(steps(&place, Completion::Any), beside);
    for number in 4_000..6_000 {
        alice.create(number, "milk").await.unwrap();
        alice.act(number, toggle(), at(0)).await.unwrap();
    }
    assert_eq!(steps(&place, Completion::Open), before[1]);
}
