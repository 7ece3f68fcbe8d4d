//! Limits for each user: requests in progress, queued reads and writes, event streams.
//!
//! Invariant: one user never delays another by more than the work that is already running. Each lane gives its free places
//! to the waiting users in turn, one place a turn, and no user holds more than a share of a lane.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use taskward_domain::limits::EVENT_STREAMS_PER_USER;
use taskward_domain::{Refusal, UserId};
use taskward_store::{Lane, Lanes, StoreError};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Requests of one user that run or wait.
const IN_PROGRESS_PER_USER: usize = 256;
/// How long a request waits for a place in its lane.
const WAIT_TIMEOUT: Duration = Duration::from_secs(3);
/// Event streams of all users.
const EVENT_STREAMS: usize = 2_000;

/// The kinds of work, each with a lane of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Read,
    LongRead,
    Write,
}

impl Work {
    pub(crate) fn read(is_long: bool) -> Self {
        if is_long { Self::LongRead } else { Self::Read }
    }
}

#[derive(Clone)]
pub(crate) struct UserLimits {
    state: Arc<Mutex<State>>,
}

struct State {
    lanes: [LaneState; 3],
    /// Users with a request in progress or an event stream.
    users: HashMap<UserId, UserState>,
    streams: usize,
    next_ticket: u64,
}

struct LaneState {
    limits: Lane,
    running: usize,
    /// Users who wait and may run more, in the order of their turns. Each is in it once.
    turns: VecDeque<UserId>,
}

#[derive(Default)]
struct UserState {
    in_progress: usize,
    streams: u32,
    lanes: [UserLane; 3],
}

#[derive(Default)]
struct UserLane {
    running: usize,
    waiting: VecDeque<Waiter>,
    has_turn: bool,
}

struct Waiter {
    ticket: u64,
    admitted: oneshot::Sender<()>,
}

impl UserLimits {
    pub(crate) fn new(lanes: Lanes) -> Self {
        let lane = |limits| LaneState {
            limits,
            running: 0,
            turns: VecDeque::new(),
        };
        let state = State {
            // In the order of `Work`.
            lanes: [
                lane(lanes.reads),
                lane(lanes.long_reads),
                lane(lanes.writes),
            ],
            users: HashMap::new(),
            streams: 0,
            next_ticket: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Waits for a place in the lane, which is held until the returned admission is dropped.
    ///
    /// # Errors
    /// `TooManyRequests` when the user has too many in progress; `Overloaded` when no place became free in time.
    pub(crate) async fn admit(&self, user: &UserId, work: Work) -> Result<Admission, StoreError> {
        let (mut admission, admitted) = self.enter(user, work)?;
        if let Some(admitted) = admitted {
            match timeout(WAIT_TIMEOUT, admitted).await {
                Ok(Ok(())) => admission.waiting = None,
                Ok(Err(_)) | Err(_) => return Err(StoreError::Overloaded),
            }
        }
        Ok(admission)
    }

    /// Takes a free place, or a place in the user's queue.
    fn enter(
        &self,
        user: &UserId,
        work: Work,
    ) -> Result<(Admission, Option<oneshot::Receiver<()>>), StoreError> {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        let State { lanes, users, .. } = &mut *state;
        let of_user = users.entry(user.clone()).or_default();
        if of_user.in_progress >= IN_PROGRESS_PER_USER {
            return Err(Refusal::TooManyRequests.into());
        }
        of_user.in_progress += 1;
        let (lane, own) = work.of(lanes, of_user);
        let mut admission = Admission {
            limits: self.clone(),
            user: user.clone(),
            work,
            waiting: None,
        };
        // Nobody who may run waits while a place is free, so this takes no turn away.
        if lane.running < lane.limits.at_once && own.running < lane.limits.at_once_per_user {
            lane.running += 1;
            own.running += 1;
            return Ok((admission, None));
        }
        let (sender, admitted) = oneshot::channel();
        own.waiting.push_back(Waiter {
            ticket,
            admitted: sender,
        });
        lane.queue(user, own);
        admission.waiting = Some(ticket);
        state.next_ticket = ticket.wrapping_add(1);
        Ok((admission, Some(admitted)))
    }

    /// Counts an event stream until the returned value is dropped.
    ///
    /// # Errors
    /// `TooManyStreams` for the user's limit, `Overloaded` for that of all users.
    pub(crate) fn open_stream(&self, user: &UserId) -> Result<OpenStream, StoreError> {
        let mut state = self.lock();
        if state.streams >= EVENT_STREAMS {
            return Err(StoreError::Overloaded);
        }
        let of_user = state.users.entry(user.clone()).or_default();
        if of_user.streams >= EVENT_STREAMS_PER_USER {
            return Err(Refusal::TooManyStreams.into());
        }
        of_user.streams += 1;
        state.streams += 1;
        Ok(OpenStream {
            limits: self.clone(),
            user: user.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    fn of<'a>(
        self,
        [read, long_read, write]: &'a mut [LaneState; 3],
        user: &'a mut UserState,
    ) -> (&'a mut LaneState, &'a mut UserLane) {
        let [own_read, own_long_read, own_write] = &mut user.lanes;
        match self {
            Self::Read => (read, own_read),
            Self::LongRead => (long_read, own_long_read),
            Self::Write => (write, own_write),
        }
    }
}

impl LaneState {
    /// Puts the user at the end of the turns, if one of the user's requests waits and may run.
    fn queue(&mut self, user: &UserId, own: &mut UserLane) {
        let may_run = !own.waiting.is_empty() && own.running < self.limits.at_once_per_user;
        if may_run && !own.has_turn {
            own.has_turn = true;
            self.turns.push_back(user.clone());
        }
    }
}

impl State {
    /// Gives the free places of a lane to the waiting users in turn.
    fn dispatch(&mut self, work: Work) {
        let Self { lanes, users, .. } = self;
        loop {
            let mut none = UserState::default();
            let (lane, _) = work.of(lanes, &mut none);
            if lane.running >= lane.limits.at_once {
                return;
            }
            let Some(user) = lane.turns.pop_front() else {
                return;
            };
            let Some(of_user) = users.get_mut(&user) else {
                continue;
            };
            let (lane, own) = work.of(lanes, of_user);
            own.has_turn = false;
            if let Some(waiter) = own.waiting.pop_front() {
                lane.running += 1;
                own.running += 1;
                // A waiter that gave up at this moment releases the place in its drop.
                let _ = waiter.admitted.send(());
            }
            lane.queue(&user, own);
        }
    }

    fn forget_if_idle(&mut self, user: &UserId) {
        let is_idle = |of_user: &UserState| of_user.in_progress == 0 && of_user.streams == 0;
        if self.users.get(user).is_some_and(is_idle) {
            self.users.remove(user);
        }
    }
}

/// A place in a lane, or in the queue for one.
pub(crate) struct Admission {
    limits: UserLimits,
    user: UserId,
    work: Work,
    /// The ticket while the request waits.
    waiting: Option<u64>,
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut state = self.limits.lock();
        let State { lanes, users, .. } = &mut *state;
        let Some(of_user) = users.get_mut(&self.user) else {
            return;
        };
        of_user.in_progress = of_user.in_progress.saturating_sub(1);
        let (lane, own) = self.work.of(lanes, of_user);
        let queued = self.waiting.and_then(|ticket| {
            own.waiting
                .iter()
                .position(|waiter| waiter.ticket == ticket)
        });
        match queued {
            Some(index) => drop(own.waiting.remove(index)),
            // It runs, or was admitted after it gave up.
            None => {
                lane.running = lane.running.saturating_sub(1);
                own.running = own.running.saturating_sub(1);
                lane.queue(&self.user, own);
            }
        }
        state.dispatch(self.work);
        state.forget_if_idle(&self.user);
    }
}

/// An event stream that is counted.
pub(crate) struct OpenStream {
    limits: UserLimits,
    user: UserId,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut state = self.limits.lock();
        state.streams = state.streams.saturating_sub(1);
        if let Some(of_user) = state.users.get_mut(&self.user) {
            of_user.streams = of_user.streams.saturating_sub(1);
        }
        state.forget_if_idle(&self.user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, poll};
    use std::pin::Pin;

    fn user(name: &str) -> UserId {
        name.parse().unwrap()
    }

    fn limits(at_once: usize, at_once_per_user: usize) -> UserLimits {
        let lane = Lane {
            at_once,
            at_once_per_user,
        };
        UserLimits::new(Lanes {
            reads: lane,
            long_reads: lane,
            writes: lane,
        })
    }

    type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Admission, StoreError>> + 'a>>;

    async fn wait<'a>(limits: &'a UserLimits, user: &'a UserId) -> Waiting<'a> {
        let mut waiting: Waiting<'a> = Box::pin(limits.admit(user, Work::Write));
        assert!(poll!(&mut waiting).is_pending());
        waiting
    }

    #[tokio::test]
    async fn free_places_go_to_the_waiting_users_in_turn() {
        let limits = limits(1, 1);
        let (alice, bob) = (user("alice"), user("bob"));
        let running = limits.admit(&alice, Work::Write).await.unwrap();
        let mut second = wait(&limits, &alice).await;
        let mut third = wait(&limits, &alice).await;
        let mut bobs = wait(&limits, &bob).await;
        drop(running);
        let bobs = bobs.as_mut().now_or_never().expect("it is Bob's turn");
        assert!(poll!(&mut second).is_pending());
        drop(bobs);
        let second = second.as_mut().now_or_never().expect("then Alice's");
        assert!(poll!(&mut third).is_pending());
        drop(second);
        assert!(third.now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_flood_of_one_user_delays_another_by_one_turn() {
        let limits = limits(4, 2);
        let (flood, other) = (user("flood"), user("other"));
        let mut running = Vec::new();
        for _ in 0..2 {
            running.push(limits.admit(&flood, Work::Write).await.unwrap());
        }
        let mut queued = Vec::new();
        for _ in 0..100 {
            queued.push(wait(&limits, &flood).await);
        }
        let first = limits.admit(&other, Work::Write).now_or_never();
        let first = first.expect("the share of a lane is kept free").unwrap();
        let second = limits.admit(&other, Work::Write).now_or_never();
        let second = second.expect("up to the user's own share").unwrap();
        let mut third = wait(&limits, &other).await;
        drop(first);
        let third = third.as_mut().now_or_never();
        assert!(
            third.is_some(),
            "a place of one's own share is not given away"
        );
        drop((second, running));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_forever_and_a_request_that_gives_up_leaves_nothing_behind() {
        let limits = limits(1, 1);
        let alice = user("alice");
        let running = limits.admit(&alice, Work::Write).await.unwrap();
        let abandoned = wait(&limits, &alice).await;
        drop(abandoned);
        let late = limits.admit(&alice, Work::Write).await;
        assert!(matches!(late, Err(StoreError::Overloaded)));
        drop(running);
        let again = limits.admit(&alice, Work::Write).now_or_never();
        drop(again.expect("the place is free").unwrap());
        let state = limits.lock();
        assert!(state.users.is_empty());
        assert!(state.lanes.iter().all(|lane| lane.running == 0));
    }

    #[tokio::test]
    async fn sec_65_requests_in_progress_are_bounded_for_each_user() {
        let limits = limits(1, 1);
        let (alice, bob) = (user("alice"), user("bob"));
        let _running = limits.admit(&alice, Work::Write).await.unwrap();
        let mut waiting = Vec::new();
        for _ in 1..IN_PROGRESS_PER_USER {
            waiting.push(wait(&limits, &alice).await);
        }
        let refused = limits.admit(&alice, Work::Read).await;
        assert!(matches!(
            refused,
            Err(StoreError::Refused(Refusal::TooManyRequests))
        ));
        assert!(limits.admit(&bob, Work::Read).await.is_ok());
    }

    #[tokio::test]
    async fn lanes_do_not_share_places() {
        let limits = limits(1, 1);
        let alice = user("alice");
        let _write = limits.admit(&alice, Work::Write).await.unwrap();
        let _read = limits.admit(&alice, Work::Read).await.unwrap();
        let _long = limits.admit(&alice, Work::LongRead).await.unwrap();
    }

    #[test]
    fn sec_48_event_streams_are_bounded_for_each_user_and_in_all() {
        let limits = limits(1, 1);
        let mut open = Vec::new();
        for _ in 0..EVENT_STREAMS_PER_USER {
            open.push(limits.open_stream(&user("a")).unwrap());
        }
        let refused = limits.open_stream(&user("a"));
        assert!(matches!(
            refused,
            Err(StoreError::Refused(Refusal::TooManyStreams))
        ));
        for number in open.len()..EVENT_STREAMS {
            open.push(limits.open_stream(&user(&format!("u{number}"))).unwrap());
        }
        let refused = limits.open_stream(&user("b"));
        assert!(matches!(refused, Err(StoreError::Overloaded)));
        open.remove(0);
        open.push(limits.open_stream(&user("a")).unwrap());
        open.clear();
        let state = limits.lock();
        assert!(state.streams == 0 && state.users.is_empty());
    }
}
