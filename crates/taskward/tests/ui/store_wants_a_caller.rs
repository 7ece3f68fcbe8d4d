//! The store gives out tasks for a caller, and for nothing less.
use taskward::domain::UserId;
use taskward::store::Store;

fn tasks_of(store: &dyn Store, bob: &UserId) {
    let _ = store.for_caller(bob);
}

fn main() {}
