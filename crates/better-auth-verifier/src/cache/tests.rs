//! Tests of the state machine with a simulated clock and endpoint.

mod simulation;

use std::time::Duration;

use proptest::prelude::*;

use super::RefetchDecision::{Join, Refuse, Start};
use super::{Cause, Failure, KeyCache, Timing, Transition};
use simulation::{NO_JITTER, Script, Simulation, number_of, numbered, seconds};

#[test]
fn sec_43_ten_thousand_unknown_kids_in_a_minute_cause_at_most_three_fetches() {
    let scripts = [
        Script::Serve { set: 1, after: 20 },
        Script::Serve { set: 0, after: 20 },
        Script::Fail {
            after: 5,
            retry_after: None,
        },
        Script::Fail {
            after: 5,
            retry_after: Some(2),
        },
        Script::Hang,
    ];
    for script in scripts {
        for warm in [true, false] {
            let mut simulation = Simulation::new(if warm {
                Script::Serve { set: 1, after: 1 }
            } else {
                script
            });
            simulation.advance(seconds(100));
            simulation.script = script;
            for _ in 0..10_000 {
                simulation.token_with_unknown_kid();
                simulation.advance(Duration::from_millis(6));
                simulation.check();
            }
            let triggered = simulation.triggered().len();
            assert!(
                (1..=3).contains(&triggered) || !warm,
                "{script:?}: {triggered}"
            );
            assert!(triggered <= 3, "{script:?}: {triggered}");
        }
    }
}

#[test]
fn sec_43_the_cool_down_starts_with_the_fetch_and_does_not_depend_on_its_result() {
    for script in [
        Script::Serve { set: 1, after: 10 },
        Script::Fail {
            after: 10,
            retry_after: None,
        },
        Script::Hang,
    ] {
        let mut simulation = Simulation::new(Script::Serve { set: 1, after: 1 });
        simulation.advance(seconds(10));
        simulation.script = script;
        let start = simulation.now;
        assert_eq!(simulation.token_with_unknown_kid(), Start);
        assert_eq!(simulation.token_with_unknown_kid(), Join, "single flight");
        simulation.advance(seconds(6));
        assert_eq!(simulation.token_with_unknown_kid(), Refuse);
        simulation.advance(start + seconds(30) - simulation.now - Duration::from_millis(1));
        assert_eq!(simulation.token_with_unknown_kid(), Refuse);
        simulation.advance(Duration::from_millis(1));
        assert_eq!(
            simulation.token_with_unknown_kid(),
            Start,
            "counted from the start"
        );
        assert_eq!(simulation.triggered(), [start, start + seconds(30)]);
    }
}

#[test]
fn sec_43_a_request_during_a_scheduled_fetch_joins_it_and_starts_no_cool_down() {
    let mut simulation = Simulation::new(Script::Serve { set: 1, after: 500 });
    assert_eq!(simulation.token_with_unknown_kid(), Join);
    simulation.advance(seconds(1));
    assert_eq!(simulation.token_with_unknown_kid(), Start);
}

#[test]
fn sec_41_a_failed_fetch_does_not_remove_keys() {
    let mut simulation = Simulation::new(Script::Serve { set: 3, after: 10 });
    simulation.advance(seconds(1));
    simulation.script = Script::Fail {
        after: 10,
        retry_after: None,
    };
    simulation.advance(seconds(3_000));
    assert_eq!(simulation.cache.keys(simulation.now).map(number_of), Ok(3));
    assert!(simulation.begun.len() > 10, "it retries");
}

#[test]
fn sec_42_a_new_set_replaces_the_old_one_completely_even_if_it_is_empty() {
    let mut simulation = Simulation::new(Script::Serve { set: 3, after: 10 });
    simulation.advance(seconds(1));
    for set in [2, 0, 1] {
        simulation.script = Script::Serve { set, after: 10 };
        simulation.advance(seconds(700));
        assert_eq!(
            simulation.cache.keys(simulation.now).map(number_of),
            Ok(set)
        );
    }
}

#[test]
fn sec_45_keys_are_used_until_the_stale_limit_after_the_start_of_their_fetch() {
    let mut simulation = Simulation::new(Script::Serve {
        set: 3,
        after: 4_000,
    });
    simulation.advance(seconds(5));
    simulation.script = Script::Hang;
    simulation.advance(seconds(3_600) - simulation.now - Duration::from_millis(1));
    assert_eq!(simulation.cache.keys(simulation.now).map(number_of), Ok(3));
    let mut observer = KeyCache::new(simulation.timing, Duration::ZERO);
    observer.begin(Duration::ZERO);
    observer.finish(seconds(4), NO_JITTER, Ok(numbered(3)));
    assert!(!observer.expire(seconds(3_600) - Duration::from_millis(1)));
    assert!(observer.expire(seconds(3_600)), "reported once");
    assert!(!observer.expire(seconds(3_601)), "not reported again");
    simulation.advance(Duration::from_millis(1));
    assert!(simulation.cache.keys(simulation.now).is_err());
    simulation.script = Script::Serve { set: 1, after: 10 };
    simulation.advance(seconds(70));
    assert_eq!(
        simulation.cache.keys(simulation.now).map(number_of),
        Ok(1),
        "it recovers"
    );
}

#[test]
fn sec_45_the_first_failure_is_distinguished_from_later_ones() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    let mut fetch = |at: u64, outcome| {
        assert!(cache.begin(seconds(at)).is_some());
        cache.finish(seconds(at), NO_JITTER, outcome)
    };
    assert_eq!(
        fetch(0, Err(Failure::default())),
        Transition::StartedFailing
    );
    assert_eq!(
        fetch(100, Err(Failure::default())),
        Transition::StillFailing
    );
    assert_eq!(fetch(300, Ok(numbered(1))), Transition::Loaded);
    assert_eq!(
        fetch(1_000, Err(Failure::default())),
        Transition::StartedFailing
    );
}

#[test]
fn retry_delays_double_from_one_second_to_sixty_with_ten_percent_jitter() {
    for (random, factor) in [(0.0, 0.9), (0.5, 1.0), (0.999_999, 1.1)] {
        let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
        let mut at = Duration::ZERO;
        for pause in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0] {
            assert_eq!(cache.begin(at), Some(Cause::Schedule));
            cache.finish(at, random, Err(Failure::default()));
            let expected = at + Duration::from_secs_f64(pause * factor);
            let got = cache.next_wake();
            assert!(
                got.abs_diff(expected) < Duration::from_millis(1),
                "{pause} {random}: {got:?} {expected:?}"
            );
            assert_eq!(cache.begin(got - Duration::from_millis(1)), None);
            at = got;
        }
        assert!(cache.begin(at).is_some());
        cache.finish(at, random, Ok(numbered(1)));
        let expected = at + Duration::from_secs_f64(600.0 * factor);
        assert!(cache.next_wake().abs_diff(expected) < Duration::from_millis(1));
    }
    // The delay does not overflow in a long outage.
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    let mut at = Duration::ZERO;
    for _ in 0..200 {
        cache.begin(at);
        cache.finish(at, NO_JITTER, Err(Failure::default()));
        at = cache.next_wake();
    }
    assert_eq!(at.as_secs(), 1 + 2 + 4 + 8 + 16 + 32 + 194 * 60);
}

#[test]
fn retry_after_delays_schedule_and_tokens_up_to_a_maximum() {
    let with_retry_after = |pause: u64| {
        let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
        cache.begin(Duration::ZERO);
        cache.finish(
            Duration::ZERO,
            NO_JITTER,
            Err(Failure {
                retry_after: Some(seconds(pause)),
            }),
        );
        cache
    };
    let mut cache = with_retry_after(40);
    assert_eq!(cache.next_wake(), seconds(40));
    assert_eq!(cache.keys(seconds(10)).unwrap_err(), seconds(30));
    assert_eq!(cache.request_refetch(seconds(39)), Refuse);
    assert_eq!(cache.request_refetch(seconds(40)), Start);
    assert_eq!(with_retry_after(u64::MAX).next_wake(), seconds(600));
    assert_eq!(with_retry_after(0).next_wake(), seconds(1));
}

#[test]
fn a_failed_fetch_for_a_token_does_not_change_the_schedule() {
    let mut simulation = Simulation::new(Script::Serve { set: 1, after: 0 });
    simulation.advance(seconds(1));
    let planned = simulation.cache.next_wake();
    simulation.script = Script::Fail {
        after: 1,
        retry_after: None,
    };
    assert_eq!(simulation.token_with_unknown_kid(), Start);
    simulation.advance(seconds(2));
    assert_eq!(simulation.cache.next_wake(), planned);
    simulation.script = Script::Serve { set: 2, after: 0 };
    simulation.advance(seconds(30));
    assert_eq!(simulation.token_with_unknown_kid(), Start);
    assert!(
        simulation.cache.next_wake() > planned,
        "a success counts as a refresh"
    );
}

#[test]
fn without_keys_retry_after_is_the_time_until_the_next_fetch() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    assert_eq!(cache.keys(Duration::ZERO).unwrap_err(), seconds(1));
    assert_eq!(cache.age(seconds(5)), None);
    for _ in 0..6 {
        let at = cache.next_wake();
        cache.begin(at);
        assert_eq!(
            cache.keys(at).unwrap_err(),
            seconds(1),
            "a fetch is in flight"
        );
        cache.finish(at, NO_JITTER, Err(Failure::default()));
    }
    let next = cache.next_wake();
    assert_eq!(cache.keys(next - seconds(20)).unwrap_err(), seconds(20));
    assert_eq!(cache.keys(next + seconds(9)).unwrap_err(), seconds(1));
    cache.begin(next);
    cache.finish(next, NO_JITTER, Ok(numbered(0)));
    assert_eq!(
        cache.keys(next).map(number_of),
        Ok(0),
        "an empty set counts"
    );
    assert_eq!(cache.age(next + seconds(5)), Some(seconds(5)));
}

#[test]
fn sec_45_a_stale_set_is_not_used_before_expire_is_called_either() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    cache.begin(Duration::ZERO);
    cache.finish(Duration::ZERO, NO_JITTER, Ok(numbered(2)));
    assert_eq!(
        cache
            .keys(seconds(3_600) - Duration::from_millis(1))
            .map(number_of),
        Ok(2)
    );
    assert!(cache.keys(seconds(3_600)).is_err());
}

#[test]
fn sec_46_retry_after_is_short_while_a_fetch_is_in_flight() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    for _ in 0..8 {
        let at = cache.next_wake();
        cache.begin(at);
        cache.finish(at, NO_JITTER, Err(Failure::default()));
    }
    let now = cache.next_wake() - seconds(50);
    assert_eq!(cache.keys(now).unwrap_err(), seconds(50));
    assert_eq!(cache.request_refetch(now), Start);
    assert_eq!(cache.begin(now), Some(Cause::Token));
    assert_eq!(cache.keys(now).unwrap_err(), seconds(1));
}

#[test]
fn finish_without_begin_changes_nothing() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    assert_eq!(
        cache.finish(seconds(1), NO_JITTER, Ok(numbered(1))),
        Transition::StillFailing
    );
    assert!(cache.keys(seconds(1)).is_err());
}

#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Token,
    Endpoint(Script),
    Random(f64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let script = prop_oneof![
        3 => (0_usize..5, 0_u64..6_000).prop_map(|(set, after)| Script::Serve { set, after: after.min(4_999) }),
        2 => (0_u64..4_000).prop_map(|after| Script::Fail { after, retry_after: None }),
        1 => (0_u64..4_000, 0_u64..2_000)
            .prop_map(|(after, pause)| Script::Fail { after, retry_after: Some(pause) }),
        1 => Just(Script::Hang),
    ];
    let step = prop_oneof![
        4 => (0_u64..40_000).prop_map(Step::Advance),
        1 => (0_u64..4_000_000).prop_map(Step::Advance),
        6 => Just(Step::Token),
        2 => script.prop_map(Step::Endpoint),
        1 => (0.0..1.0).prop_map(Step::Random),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sec_42_sec_43_sec_45_invariants_hold_in_any_sequence(steps in steps()) {
        let mut simulation = Simulation::new(Script::Serve { set: 1, after: 10 });
        for step in steps {
            match step {
                Step::Advance(millis) => simulation.advance(Duration::from_millis(millis)),
                Step::Token => { simulation.token_with_unknown_kid(); }
                Step::Endpoint(script) => simulation.script = script,
                Step::Random(random) => simulation.random = random,
            }
            simulation.check();
        }
    }
}
