//! The contract of storage backends: each of these tests runs on SQLite and on PostgreSQL, through the whole server. No test
//! checks the answers of one backend only.

use axum::http::StatusCode;
use serde_json::Value;

use crate::harness::{Answer, Backend, Client, Server};

mod batches;
mod changes;
mod conditions;
mod counters;
mod details;
mod events;
mod fairness;
mod foreign_ids;
mod isolation;
mod labels_and_settings;
mod lists;
mod model;
mod recurring;
mod search;
mod task_lists;
mod tasks;
mod trash;

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
                    let server = super::super::Server::start_on(super::super::Backend::$backend).await;
                    super::super::$module::$test(server).await;
                })*
            })*
        }
    };
}

on_both_backends! {
    tasks:
        a_task_is_created_read_changed_and_deleted
        complete_toggles_or_sets
        put_without_completed_keeps_it
        sec_72_a_repeated_create_with_an_id_creates_one_task
        sec_72_concurrent_creates_with_one_id_create_one_task
        tasks_survive_a_restart;
    details:
        every_member_is_stored_answered_and_kept
        objects_merge_member_by_member
        each_broken_member_is_named
        a_rule_that_the_records_break_names_its_member
        sec_72_a_repeated_create_compares_what_it_says
        a_client_of_the_first_version_wipes_nothing;
    recurring:
        completing_makes_the_next_occurrence_and_reopening_withdraws_it
        a_completion_says_when_it_was_done
        an_occurrence_is_skipped_once
        a_rule_is_refused_by_name
        a_preview_shows_the_first_dues;
    task_lists:
        a_list_is_created_read_changed_and_archived
        lists_are_ordered_by_hand
        a_deleted_list_takes_its_tasks_along
        invalid_lists_are_refused_by_member
        tasks_are_moved_between_lists_and_parents;
    labels_and_settings:
        labels_have_names_of_their_own
        invalid_labels_are_refused_by_member
        settings_exist_from_their_first_write_on
        invalid_settings_are_refused_by_member
        a_create_without_a_list_goes_to_the_default_list;
    batches:
        operations_see_the_ones_before_them
        a_refused_operation_is_named_and_nothing_is_written
        sec_72_a_batch_sent_again_is_not_carried_out_again
        malformed_operations_are_refused_by_member
        a_batch_has_at_most_a_hundred_operations_and_one_megabyte
        a_version_guards_an_operation
        sec_69_each_kind_has_a_quota;
    foreign_ids:
        sec_51_ids_of_other_users_in_bodies_are_ids_of_nothing
        sec_51_ids_of_other_users_in_batches_are_ids_of_nothing;
    conditions:
        sec_70_if_match_limits_a_write_to_a_version
        sec_71_one_of_fifty_writers_with_one_tag_succeeds
        a_known_task_is_not_modified
        a_known_list_is_not_modified;
    lists:
        sec_68_lists_are_paged_newest_first
        sec_74_a_repeated_page_is_its_owners_and_current
        sec_56_sec_68_invalid_queries_are_refused;
    search:
        search_knows_the_letters_of_each_script
        search_matches_word_prefixes_and_ignores_case
        a_search_is_paged_and_filtered_like_a_list
        search_results_follow_every_write
        sec_68_search_text_is_never_query_syntax
        a_search_finds_no_tasks_of_other_users;
    changes:
        a_copy_updated_from_changes_equals_the_list
        kinds_are_answered_as_asked
        invalid_and_future_cursors_are_refused
        sec_74_entity_tags_of_changes_match_for_their_user_only;
    trash:
        a_deleted_task_can_be_restored
        sec_73_deleted_tasks_are_purged_after_30_days_and_forgotten_after_90;
    events:
        every_write_is_sent_to_all_streams_of_its_user
        last_event_id_resumes_a_stream
        sec_48_a_user_has_at_most_five_streams
        sec_48_a_stream_ends_when_its_token_expires
        streams_end_when_the_server_stops;
    model:
        random_writes_of_several_users_match_the_model;
    fairness:
        other_users_are_served_during_a_flood_of_one_user;
    counters:
        sec_69_the_quota_holds_under_concurrency
        each_write_advances_only_its_users_counter_by_one;
    isolation:
        sec_51_sec_52_every_operation_isolates_users
        sec_51_every_operation_works_for_its_own_user
        sec_62_a_body_cannot_set_the_owner
        sec_53_the_path_user_is_decoded_once_and_compared_byte_for_byte
        sec_74_an_entity_tag_matches_for_its_user_only
        sec_72_two_users_can_use_the_same_id;
}

const LIST: &str = "/api/users/me/tasks";
const CHANGES: &str = "/api/users/me/changes";
const EVENTS: &str = "/api/users/me/events";

const LISTS: &str = "/api/users/me/lists";
const LABELS: &str = "/api/users/me/labels";
const SETTINGS: &str = "/api/users/me/settings";
const BATCH: &str = "/api/users/me/batch";

/// Asserts that a body is refused for these members, in any order.
#[track_caller]
fn assert_refused(answer: Answer, expected: &[(&str, &str)]) {
    let mut found = answer.problem(422, "invalid_fields").field_errors();
    found.sort();
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
        .collect();
    expected.sort();
    assert_eq!(found, expected);
}

/// Creates a record under a path.
async fn made(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.post(path, body).await;
    answer.expect(StatusCode::CREATED).json()
}

/// The members of a list of records.
fn members(list: &Value, name: &str) -> Vec<String> {
    let text = |record: &Value| record[name].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(text).collect()
}

/// The path of a task.
fn path(task: &Value) -> String {
    format!("{LIST}/{}", id(task))
}

fn id(task: &Value) -> &str {
    task["id"].as_str().unwrap()
}
