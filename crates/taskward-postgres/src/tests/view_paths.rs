//! Access paths of views: each range is read along its index, for every user.

use super::paths::{fill_sets, plan};
use super::*;
use crate::statements::Statements;

#[tokio::test]
async fn every_view_is_a_range_of_its_index() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let views = Statements::texts().views;
    let (nil, max) = (uuid::Uuid::nil(), uuid::Uuid::max());
    let (list, label, series) = (id(6), id(1), id(5));
    let paths = [
        (
            "container",
            &views.container,
            format!("'{list}', '{nil}', '', '{nil}'"),
            "using task_order",
        ),
        (
            "agenda",
            &views.agenda,
            format!("-1, -1, 0, '{nil}', 5"),
            "using task_agenda",
        ),
        (
            "label",
            &views.label,
            format!("'{label}', '{max}'"),
            "Backward using task_label_open",
        ),
        (
            "completed",
            &views.completed,
            format!("{}, '{nil}', 0", i64::MAX),
            "Backward using task_completed",
        ),
        (
            "trash",
            &views.trash,
            format!("{}, '{nil}'", i64::MAX),
            "Backward using task_trash",
        ),
        (
            "series",
            &views.series,
            format!("'{series}', {}", i32::MAX),
            "Backward using task_series",
        ),
        (
            "open",
            &views.open,
            format!("'{max}'"),
            "Backward using task_open",
        ),
        (
            "live",
            &views.live,
            format!("'{max}'"),
            "Backward using task_live",
        ),
        (
            "words",
            &views.words,
            format!("$$'milk':*$$, '{max}'"),
            "Backward using task_live",
        ),
    ];
    let counts = [
        (
            "count_lists",
            &views.count_lists,
            "'user 1'",
            "using task_order",
        ),
        (
            "read_agenda",
            &views.read_agenda,
            "'user 1', 5",
            "using task_agenda",
        ),
        (
            "count_labels",
            &views.count_labels,
            "'user 1'",
            "using task_label_open",
        ),
        (
            "count_trash",
            &views.count_trash,
            "'user 1'",
            "using task_trash",
        ),
    ];
    let pages = paths.map(|(name, text, arguments, index)| {
        (name, text, format!("'user 1', 21, {arguments}"), index)
    });
    let counts =
        counts.map(|(name, text, arguments, index)| (name, text, arguments.to_owned(), index));
    for is_filled in [false, true] {
        if is_filled {
            fill_sets(&database.admin().await).await;
        }
        for (name, text, arguments, index) in pages.iter().chain(&counts) {
            let name = format!("{name}_{is_filled}");
            let plan = plan(&store, &name, text, arguments).await;
            assert!(plan.contains(&format!("{index} on ")), "{name}: {plan}");
            for expensive in [
                "Sort",
                "Seq Scan",
                "Bitmap",
                "Hash",
                "Merge",
                "HashAggregate",
            ] {
                assert!(!plan.contains(expensive), "{name}: {expensive} in {plan}");
            }
        }
    }
}
