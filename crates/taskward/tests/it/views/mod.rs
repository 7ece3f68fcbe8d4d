//! Views, counts, filters, quick add and occurrences: each of these tests runs on SQLite and on PostgreSQL, at a time that the
//! test sets.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Answer, Backend, Client, ClockedServer};

mod conditions;
mod counts;
mod filters;
mod isolation;
mod occurrences;
mod pages;
mod queries;
mod quick_add;
mod rows;
mod time;

/// A Wednesday, 10:00 in Berlin, where the users of these tests are.
const NOW: &str = "2026-11-25T09:00:00Z";

const TASKS: &str = "/api/users/me/tasks";

/// Makes each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both_backends {
    ($($module:ident: $($test:ident)*;)*) => {
        on_both_backends!(@on on_sqlite, Sqlite, $($module: $($test)*;)*);
        on_both_backends!(@on on_postgres, Postgres, $($module: $($test)*;)*);
    };
    (@on $name:ident, $backend:ident, $($module:ident: $($test:ident)*;)*) => {
        mod $name {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    let backend = super::super::Backend::$backend;
                    let server = super::super::ClockedServer::start_on(backend, super::super::NOW).await;
                    super::super::$module::$test(server).await;
                })*
            })*
        }
    };
}

on_both_backends! {
    rows:
        each_view_shows_its_tasks_in_its_order
        tasks_of_archived_lists_are_shown_by_their_list_alone
        subtasks_are_shown_open_ones_first
        the_day_is_the_users
        a_task_becomes_overdue_when_its_time_has_passed;
    pages:
        each_view_is_paged_through_its_range
        a_page_can_be_empty_and_have_a_next_one
        sec_68_a_cursor_belongs_to_its_view
        sec_56_what_a_view_does_not_take_is_refused_by_name;
    conditions:
        a_known_view_is_not_modified
        sec_74_tags_of_views_match_for_their_user_only;
    counts:
        counts_equal_what_the_views_show
        known_counts_are_not_modified;
    filters:
        a_filter_is_created_read_changed_and_deleted
        a_filter_shows_the_present_names
        filters_are_ordered_by_hand
        invalid_filters_are_refused_by_member
        filters_are_in_batches_and_changes;
    queries:
        every_term_on_every_path_finds_what_a_scan_finds
        a_filter_view_takes_a_text_or_a_saved_filter;
    isolation:
        sec_51_ids_of_other_users_in_views_are_ids_of_nothing
        sec_51_names_and_counts_are_of_the_own_records;
    quick_add:
        a_dry_run_says_what_a_line_means
        a_line_makes_a_task
        unknown_labels_are_made_with_the_task
        a_line_is_refused_by_member;
    occurrences:
        the_occurrences_of_a_task_are_listed_newest_first;
    time:
        another_zone_shows_zoned_dues_on_another_day
        a_day_can_begin_after_midnight
        clocks_that_are_set_forward_or_back_move_instants_only
        a_year_ends_at_the_users_midnight
        a_leap_day_is_a_day
        a_completion_after_midnight_is_of_the_users_day;
}

/// A user in Berlin.
async fn in_berlin(server: &ClockedServer, name: &str) -> Client {
    let user = server.user(name);
    let settings = json!({ "time_zone": "Europe/Berlin" });
    let answer = user.patch("/api/users/me/settings", settings).await;
    answer.expect(StatusCode::OK);
    user
}

/// Creates a record.
async fn made(client: &Client, kind: &str, body: Value) -> Value {
    let answer = client.post(&format!("/api/users/me/{kind}"), body).await;
    answer.expect(StatusCode::CREATED).json()
}

/// Creates a task with a title and further members.
async fn task(client: &Client, title: &str, mut members: Value) -> Value {
    members["title"] = title.into();
    made(client, "tasks", members).await
}

async fn complete(client: &Client, task: &Value, at: &str) {
    let path = format!("{TASKS}/{}/complete", id(task));
    let answer = client
        .patch(&path, json!({ "completed": true, "at": at }))
        .await;
    answer.expect(StatusCode::OK);
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

/// The path of a list of tasks with these parameters, which are encoded.
fn tasks_with(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("{TASKS}?{}", query.finish())
}

/// The target of the `next` link.
fn next(answer: &Answer) -> Option<String> {
    let (target, parameters) = answer.header("link")?.strip_prefix('<')?.split_once('>')?;
    assert_eq!(parameters, "; rel=\"next\"");
    Some(target.to_owned())
}

/// The titles of a list of tasks.
fn titles(list: &Value) -> Vec<String> {
    let title = |task: &Value| task["title"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(title).collect()
}

/// The titles of all pages.
async fn all(client: &Client, path: &str) -> Vec<String> {
    pages(client, path).await.concat()
}

/// The titles of each page.
async fn pages(client: &Client, path: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut path = Some(path.to_owned());
    while let Some(target) = path {
        let answer = client.get(&target).await.expect(StatusCode::OK);
        found.push(titles(&answer.json()));
        path = next(&answer);
    }
    found
}
