//! The contract that every storage backend keeps: each of these tests runs on SQLite and on PostgreSQL, through the whole
//! server. There is no test of one backend's answers alone.

use serde_json::Value;

use crate::harness::{Backend, Server};

mod changes;
mod conditions;
mod counters;
mod events;
mod fairness;
mod isolation;
mod lists;
mod model;
mod search;
mod tasks;
mod trash;

/// Makes each of them a test on either backend.
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
        completing_toggles_or_sets
        a_replacement_without_completed_keeps_it
        sec_72_a_create_sent_twice_makes_one_task
        sec_72_creates_sent_at_once_make_one_task
        tasks_outlive_the_server;
    conditions:
        sec_70_a_write_can_demand_a_version
        sec_71_of_fifty_writers_with_one_tag_one_wins
        a_client_that_has_the_task_is_not_sent_it_again
        a_client_that_has_the_list_is_not_sent_it_again;
    lists:
        sec_68_lists_come_in_pages_newest_first
        sec_56_sec_68_a_query_is_exact_or_refused;
    search:
        words_are_found_by_their_beginnings_whatever_their_case
        a_search_is_paged_and_filtered_like_any_list
        what_is_found_follows_every_write
        sec_68_a_search_is_text_and_never_syntax
        a_search_finds_nothing_of_others;
    changes:
        a_copy_that_follows_the_changes_equals_the_list
        a_cursor_is_bounded_and_of_this_history
        sec_74_changes_have_validators_of_their_owner;
    trash:
        a_deleted_task_can_be_brought_back
        sec_73_the_trash_is_emptied_after_thirty_days_and_forgotten_after_ninety;
    events:
        every_write_is_told_to_all_who_follow
        a_client_that_comes_back_hears_at_once_what_it_missed
        sec_48_a_user_has_five_streams_and_no_more
        sec_48_a_stream_ends_with_its_token
        streams_end_when_the_server_stops;
    model:
        random_writes_of_several_users_answer_as_the_model_does;
    fairness:
        a_flood_of_one_user_leaves_the_others_served;
    counters:
        sec_69_the_quota_holds_under_concurrency
        every_write_advances_the_owners_counter_by_one_and_nobody_elses;
    isolation:
        sec_51_sec_52_every_operation_keeps_users_apart
        sec_51_every_operation_works_for_its_own_user
        sec_62_no_body_names_an_owner
        sec_53_the_path_user_is_decoded_once_and_compared_byte_for_byte
        sec_74_one_users_validator_is_no_match_for_another
        sec_72_two_users_with_one_id_do_not_meet;
}

const LIST: &str = "/api/users/me/tasks";
const CHANGES: &str = "/api/users/me/changes";
const EVENTS: &str = "/api/users/me/events";

/// Where a task is.
fn path(task: &Value) -> String {
    format!("{LIST}/{}", id(task))
}

fn id(task: &Value) -> &str {
    task["id"].as_str().unwrap()
}
