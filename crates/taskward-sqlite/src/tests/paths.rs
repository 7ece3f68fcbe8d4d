//! Each access path reads one range of its own index, so that a page costs the same whatever else the user has.

use rusqlite::{Connection, StatementStatus, params};
use taskward_domain::{
    Completion, Container, PageLimit, Rank, SearchText, Side, Sort, TaskFilter, TaskQuery, TaskSet,
    UserId,
};

use super::{Place, at, id, toggle};
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

pub(super) fn plan(connection: &Connection, sql: &str, parameters: usize) -> String {
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
            &["INDEX task_open", "INDEX task_done_newest"],
        ),
        (Completion::Open, 1_000, &["INDEX task_open"]),
        (Completion::Done, 1_000, &["INDEX task_done_newest"]),
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

#[test]
fn sets_read_a_range_of_their_index_and_do_not_sort() {
    let place = Place::new();
    let sets = Statements::new().sets;
    let (one, inbox, rank) = (id(1), Container::default(), Rank::parse("V").unwrap());
    let beside = |side, place| TaskSet::Neighbours(inbox, side, place);
    let at = || Some((rank.clone(), one));
    let container = "task_order (user_id=? AND list_id=? AND parent_id=?";
    let cases = [
        (
            TaskSet::Subtasks(one),
            "task_children (user_id=? AND parent_id=?)".to_owned(),
        ),
        (
            TaskSet::DeletedWith(one),
            "task_deleted_with (user_id=? AND deleted_with=?)".to_owned(),
        ),
        (
            TaskSet::Listed(one),
            "task_listed (user_id=? AND list_id=?)".to_owned(),
        ),
        (
            TaskSet::OpenListed(one),
            "task_order (user_id=? AND list_id=?)".to_owned(),
        ),
        (
            TaskSet::OpenInSeries(one),
            "task_series_open (user_id=? AND series_id=?)".to_owned(),
        ),
        (
            TaskSet::LaterInSeries(one, 1),
            "task_series (user_id=? AND series_id=? AND series_index>?)".to_owned(),
        ),
        (
            beside(Side::Before, at()),
            format!("{container} AND (rank,id)<(?,?))"),
        ),
        (
            beside(Side::After, at()),
            format!("{container} AND (rank,id)>(?,?))"),
        ),
        (beside(Side::Before, None), format!("{container})")),
        (beside(Side::After, None), format!("{container})")),
        (TaskSet::Container(inbox), format!("{container})")),
        (TaskSet::DependsOnZone, "task_zoned (user_id=?)".to_owned()),
    ];
    for (set, range) in cases {
        let plan = plan(&place.look(), sets.of(&set), 0);
        assert!(
            plan.contains(&format!("SEARCH task USING INDEX {range}")),
            "{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
    let size = plan(&place.look(), &sets.list_size, 0);
    let range = "SEARCH task USING COVERING INDEX task_listed (user_id=? AND list_id=?)";
    assert!(size.contains(range), "{size}");
}

/// Whatever a request does, it reads ranges of one user's rows.
#[test]
fn no_statement_reads_the_rows_of_all_users() {
    let place = Place::new();
    for sql in Statements::new().all() {
        let plan = plan(&place.look(), sql, 0);
        let scan = plan.lines().find(|step| {
            // The search index finds the rows of one user by the words, which begin with the owner.
            step.contains("SCAN ") && !step.contains("VIRTUAL TABLE")
        });
        assert_eq!(scan, None, "{sql}");
    }
}

/// A purge reads what it removes, and no other rows.
#[test]
fn a_purge_reads_ranges_of_indexes_and_does_not_sort() {
    let place = Place::new();
    for (sql, index) in crate::purge::paths() {
        let plan = plan(&place.look(), sql, 0);
        assert!(plan.contains(index), "{sql}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
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
