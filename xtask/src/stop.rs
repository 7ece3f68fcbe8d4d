//! The one switch that ends everything: a signal turns it, and so does the first failure among steps that run beside
//! each other. Each step is a process group of its own, so its children end with it.
//!
//! Whoever waits for something waits here with a limit, and so wakes up at once when the switch is turned.

use std::collections::HashSet;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::failure::{Outcome, While};

/// How long process groups have to end by themselves.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Default)]
pub(crate) struct Stop {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    raised: bool,
    by_signal: bool,
    groups: HashSet<Pid>,
}

/// A process group that is ended with everything else for as long as this value lives.
pub(crate) struct Registration {
    stop: Arc<Stop>,
    group: Pid,
}

impl Stop {
    /// Listens to Ctrl-C, SIGTERM and a terminal that went away.
    pub(crate) fn on_signals() -> Outcome<Arc<Self>> {
        let stop = Arc::new(Self::default());
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
            .while_doing(|| "cannot listen to signals".into())?;
        let switch = Arc::clone(&stop);
        thread::spawn(move || {
            for _signal in signals.forever() {
                if switch.is_by_signal() {
                    // Asked twice is asked urgently.
                    switch.raise_with(Signal::KILL);
                } else {
                    switch.state().by_signal = true;
                    switch.raise();
                }
            }
        });
        Ok(stop)
    }

    /// Ends what runs; groups that do not end in time are killed.
    pub(crate) fn raise(self: &Arc<Self>) {
        self.raise_with(Signal::TERM);
        let switch = Arc::clone(self);
        thread::spawn(move || {
            let deadline = Instant::now() + GRACE;
            let mut state = switch.state();
            while !state.groups.is_empty() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    state.signal(Signal::KILL);
                    return;
                }
                (state, _) = switch
                    .changed
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        });
    }

    fn raise_with(&self, signal: Signal) {
        let mut state = self.state();
        state.raised = true;
        state.signal(signal);
        self.changed.notify_all();
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.state().raised
    }

    pub(crate) fn is_by_signal(&self) -> bool {
        self.state().by_signal
    }

    /// Waits until the switch is turned, but no longer than `limit`; says whether it was.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let state = self.state();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, limit, |state| !state.raised)
            .unwrap_or_else(PoisonError::into_inner);
        state.raised
    }

    /// Makes a process group part of what ends. A group that comes too late is ended at once.
    pub(crate) fn register(self: &Arc<Self>, child: &Child) -> Registration {
        let group = Pid::from_child(child);
        let mut state = self.state();
        state.groups.insert(group);
        if state.raised {
            state.signal(Signal::TERM);
        }
        Registration {
            stop: Arc::clone(self),
            group,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn signal(&self, signal: Signal) {
        for group in &self.groups {
            // A group that ended in the meantime is what we wanted.
            let _ended = kill_process_group(*group, signal);
        }
    }
}

impl Registration {
    /// Ends this group alone.
    pub(crate) fn kill(&self) {
        let _ended = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.stop.state().groups.remove(&self.group);
        self.stop.changed.notify_all();
    }
}
