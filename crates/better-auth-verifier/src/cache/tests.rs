//! The machine under a simulated clock and a scripted endpoint.

use std::time::Duration;

use proptest::prelude::*;

use super::{Cause, Failure, Finished, KeyCache, Timing, Want};
use crate::keys::KeySet;

const MIDDLE: f64 = 0.5;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A set that can be told from others by how many entries it skipped.
fn numbered(number: usize) -> KeySet {
    let entries = vec!["{}"; number].join(",");
    KeySet::from_jwks(format!(r#"{{"keys":[{entries}]}}"#)).unwrap()
}

fn number_of(keys: &KeySet) -> usize {
    keys.skipped().len()
}

/// What the endpoint does with the fetches that begin from now on.
#[derive(Clone, Copy, Debug)]
enum Script {
    Serve {
        set: usize,
        after: u64,
    },
    Fail {
        after: u64,
        retry_after: Option<u64>,
    },
    /// Nothing, until the fetch limit ends it.
    Hang,
}

/// Plays the refresher's part: the loop of `fetch::refresher`, with time as a number.
struct Simulation {
    cache: KeyCache,
    timing: Timing,
    now: Duration,
    script: Script,
    random: f64,
    in_flight: Option<(Cause, Duration, Script)>,
    begun: Vec<(Cause, Duration)>,
    /// The start and number of the last fetch that brought a set.
    last_good: Option<(Duration, usize)>,
    quiet_until: Duration,
}

impl Simulation {
    fn new(script: Script) -> Self {
        let timing = Timing::default();
        let cache = KeyCache::new(timing, Duration::ZERO);
        let mut simulation = Self {
            cache,
            timing,
            now: Duration::ZERO,
            script,
            random: MIDDLE,
            in_flight: None,
            begun: Vec::new(),
            last_good: None,
            quiet_until: Duration::ZERO,
        };
        simulation.settle();
        simulation
    }

    /// Begins and ends whatever is due at this moment.
    fn settle(&mut self) {
        loop {
            if let Some((_, since, script)) = self.in_flight {
                let (end, outcome) = self.end_of(since, script);
                if end > self.now {
                    return;
                }
                self.in_flight = None;
                if let Ok(keys) = &outcome {
                    self.last_good = Some((since, number_of(keys)));
                } else if let Err(Failure {
                    retry_after: Some(pause),
                }) = &outcome
                {
                    self.quiet_until = self.now + (*pause).min(self.timing.refresh);
                }
                self.cache.finish(self.now, self.random, outcome);
            }
            self.cache.expire(self.now);
            let Some(cause) = self.cache.begin(self.now) else {
                assert!(self.cache.next_wake() > self.now, "the loop would spin");
                return;
            };
            assert_eq!(self.cache.begin(self.now), None, "one at a time");
            assert!(self.now >= self.quiet_until, "the server asked for silence");
            self.begun.push((cause, self.now));
            self.in_flight = Some((cause, self.now, self.script));
        }
    }

    fn end_of(&self, since: Duration, script: Script) -> (Duration, Result<KeySet, Failure>) {
        match script {
            Script::Serve { set, after } => {
                (since + Duration::from_millis(after), Ok(numbered(set)))
            }
            Script::Fail { after, retry_after } => (
                since + Duration::from_millis(after),
                Err(Failure {
                    retry_after: retry_after.map(seconds),
                }),
            ),
            Script::Hang => (since + self.timing.total, Err(Failure::default())),
        }
    }

    /// Moves time forward, stopping wherever the refresher would wake.
    fn advance(&mut self, by: Duration) {
        let target = self.now + by;
        while self.now < target {
            let wake = match self.in_flight {
                Some((_, since, script)) => self.end_of(since, script).0,
                None => self.cache.next_wake(),
            };
            self.now = wake.max(self.now).min(target);
            self.settle();
        }
    }

    fn token_with_unknown_kid(&mut self) -> Want {
        let peek = self.cache.would_want(self.now);
        let answer = self.cache.want(self.now);
        assert_eq!(peek, answer);
        self.settle();
        answer
    }

    fn triggered(&self) -> Vec<Duration> {
        self.begun
            .iter()
            .filter(|(cause, _)| *cause == Cause::Token)
            .map(|(_, at)| *at)
            .collect()
    }

    fn check(&self) {
        for pair in self.triggered().windows(2) {
            assert!(pair[1] - pair[0] >= self.timing.cool_down, "{pair:?}");
        }
        let expected = self
            .last_good
            .filter(|(at, _)| self.now < *at + self.timing.stale_limit);
        let got = self.cache.keys(self.now).ok().map(number_of);
        assert_eq!(got, expected.map(|(_, number)| number), "at {:?}", self.now);
        if let Err(retry_after) = self.cache.keys(self.now) {
            assert!(
                retry_after >= seconds(1) && retry_after <= self.timing.refresh * 2,
                "{retry_after:?}"
            );
        }
    }
}

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
fn sec_43_the_window_is_taken_at_the_start_and_spent_by_any_outcome() {
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
        assert_eq!(simulation.token_with_unknown_kid(), Want::Start);
        assert_eq!(
            simulation.token_with_unknown_kid(),
            Want::Joined,
            "single flight"
        );
        simulation.advance(seconds(6));
        assert_eq!(simulation.token_with_unknown_kid(), Want::Refused);
        simulation.advance(start + seconds(30) - simulation.now - Duration::from_millis(1));
        assert_eq!(simulation.token_with_unknown_kid(), Want::Refused);
        simulation.advance(Duration::from_millis(1));
        assert_eq!(
            simulation.token_with_unknown_kid(),
            Want::Start,
            "counted from the start"
        );
        assert_eq!(simulation.triggered(), [start, start + seconds(30)]);
    }
}

#[test]
fn sec_43_a_wish_during_a_scheduled_fetch_joins_it_and_spends_nothing() {
    let mut simulation = Simulation::new(Script::Serve { set: 1, after: 500 });
    assert_eq!(simulation.token_with_unknown_kid(), Want::Joined);
    simulation.advance(seconds(1));
    assert_eq!(simulation.token_with_unknown_kid(), Want::Start);
}

#[test]
fn sec_41_a_failed_fetch_never_takes_keys_away() {
    let mut simulation = Simulation::new(Script::Serve { set: 3, after: 10 });
    simulation.advance(seconds(1));
    simulation.script = Script::Fail {
        after: 10,
        retry_after: None,
    };
    simulation.advance(seconds(3_000));
    assert_eq!(simulation.cache.keys(simulation.now).map(number_of), Ok(3));
    assert!(simulation.begun.len() > 10, "it goes on trying");
}

#[test]
fn sec_42_a_new_set_replaces_the_old_one_whole_even_by_an_empty_one() {
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
fn sec_45_stale_keys_serve_until_the_limit_after_the_start_of_their_fetch() {
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
    observer.finish(seconds(4), MIDDLE, Ok(numbered(3)));
    assert!(!observer.expire(seconds(3_600) - Duration::from_millis(1)));
    assert!(observer.expire(seconds(3_600)), "told once");
    assert!(!observer.expire(seconds(3_601)), "and only once");
    simulation.advance(Duration::from_millis(1));
    assert!(simulation.cache.keys(simulation.now).is_err());
    simulation.script = Script::Serve { set: 1, after: 10 };
    simulation.advance(seconds(70));
    assert_eq!(
        simulation.cache.keys(simulation.now).map(number_of),
        Ok(1),
        "and it recovers"
    );
}

#[test]
fn sec_45_the_first_failure_is_told_apart_from_the_rest() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    let mut fetch = |at: u64, outcome| {
        assert!(cache.begin(seconds(at)).is_some());
        cache.finish(seconds(at), MIDDLE, outcome)
    };
    assert_eq!(fetch(0, Err(Failure::default())), Finished::StartedFailing);
    assert_eq!(fetch(100, Err(Failure::default())), Finished::StillFailing);
    assert_eq!(fetch(300, Ok(numbered(1))), Finished::Loaded);
    assert_eq!(
        fetch(1_000, Err(Failure::default())),
        Finished::StartedFailing
    );
}

#[test]
fn retries_double_from_one_second_to_sixty_and_are_spread_by_a_tenth() {
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
    // However long the outage, the pause neither overflows nor shrinks.
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    let mut at = Duration::ZERO;
    for _ in 0..200 {
        cache.begin(at);
        cache.finish(at, MIDDLE, Err(Failure::default()));
        at = cache.next_wake();
    }
    assert_eq!(at.as_secs(), 1 + 2 + 4 + 8 + 16 + 32 + 194 * 60);
}

#[test]
fn a_pause_the_server_asks_for_is_kept_by_schedule_and_tokens_but_not_for_ever() {
    let asked = |pause: u64| {
        let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
        cache.begin(Duration::ZERO);
        cache.finish(
            Duration::ZERO,
            MIDDLE,
            Err(Failure {
                retry_after: Some(seconds(pause)),
            }),
        );
        cache
    };
    let mut cache = asked(40);
    assert_eq!(cache.next_wake(), seconds(40));
    assert_eq!(cache.keys(seconds(10)).unwrap_err(), seconds(30));
    assert_eq!(cache.want(seconds(39)), Want::Refused);
    assert_eq!(cache.want(seconds(40)), Want::Start);
    assert_eq!(asked(u64::MAX).next_wake(), seconds(600));
    assert_eq!(asked(0).next_wake(), seconds(1));
}

#[test]
fn what_tokens_cause_does_not_move_the_schedule_when_it_fails() {
    let mut simulation = Simulation::new(Script::Serve { set: 1, after: 0 });
    simulation.advance(seconds(1));
    let planned = simulation.cache.next_wake();
    simulation.script = Script::Fail {
        after: 1,
        retry_after: None,
    };
    assert_eq!(simulation.token_with_unknown_kid(), Want::Start);
    simulation.advance(seconds(2));
    assert_eq!(simulation.cache.next_wake(), planned);
    simulation.script = Script::Serve { set: 2, after: 0 };
    simulation.advance(seconds(30));
    assert_eq!(simulation.token_with_unknown_kid(), Want::Start);
    assert!(
        simulation.cache.next_wake() > planned,
        "a success counts as a refresh"
    );
}

#[test]
fn without_keys_the_wait_is_until_the_next_attempt() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    assert_eq!(cache.keys(Duration::ZERO).unwrap_err(), seconds(1));
    assert_eq!(cache.age(seconds(5)), None);
    for _ in 0..6 {
        let at = cache.next_wake();
        cache.begin(at);
        assert_eq!(cache.keys(at).unwrap_err(), seconds(1), "one is on its way");
        cache.finish(at, MIDDLE, Err(Failure::default()));
    }
    let next = cache.next_wake();
    assert_eq!(cache.keys(next - seconds(20)).unwrap_err(), seconds(20));
    assert_eq!(cache.keys(next + seconds(9)).unwrap_err(), seconds(1));
    cache.begin(next);
    cache.finish(next, MIDDLE, Ok(numbered(0)));
    assert_eq!(
        cache.keys(next).map(number_of),
        Ok(0),
        "an empty set is a set"
    );
    assert_eq!(cache.age(next + seconds(5)), Some(seconds(5)));
}

#[test]
fn sec_45_a_set_too_old_is_refused_also_before_anybody_let_go_of_it() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    cache.begin(Duration::ZERO);
    cache.finish(Duration::ZERO, MIDDLE, Ok(numbered(2)));
    assert_eq!(
        cache
            .keys(seconds(3_600) - Duration::from_millis(1))
            .map(number_of),
        Ok(2)
    );
    assert!(cache.keys(seconds(3_600)).is_err());
}

#[test]
fn sec_46_with_a_fetch_on_its_way_the_wait_is_short_however_far_the_next_one_is() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    for _ in 0..8 {
        let at = cache.next_wake();
        cache.begin(at);
        cache.finish(at, MIDDLE, Err(Failure::default()));
    }
    let now = cache.next_wake() - seconds(50);
    assert_eq!(cache.keys(now).unwrap_err(), seconds(50));
    assert_eq!(cache.want(now), Want::Start);
    assert_eq!(cache.begin(now), Some(Cause::Token));
    assert_eq!(cache.keys(now).unwrap_err(), seconds(1));
}

#[test]
fn an_end_without_a_beginning_changes_nothing() {
    let mut cache = KeyCache::new(Timing::default(), Duration::ZERO);
    assert_eq!(
        cache.finish(seconds(1), MIDDLE, Ok(numbered(1))),
        Finished::StillFailing
    );
    assert!(cache.keys(seconds(1)).is_err());
}

#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Token,
    Endpoint(Script),
    Luck(f64),
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
        1 => (0.0..1.0).prop_map(Step::Luck),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sec_42_sec_43_sec_45_any_history_keeps_the_rules(steps in steps()) {
        let mut simulation = Simulation::new(Script::Serve { set: 1, after: 10 });
        for step in steps {
            match step {
                Step::Advance(millis) => simulation.advance(Duration::from_millis(millis)),
                Step::Token => { simulation.token_with_unknown_kid(); }
                Step::Endpoint(script) => simulation.script = script,
                Step::Luck(random) => simulation.random = random,
            }
            simulation.check();
        }
    }
}
