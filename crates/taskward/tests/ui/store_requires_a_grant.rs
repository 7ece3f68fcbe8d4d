//! The store opens a user's records for a grant, and for nothing less.
use taskward_domain::UserId;
use taskward_store::Store;

fn records_of(store: &dyn Store, bob: &UserId) {
    let _ = store.for_grant(bob);
}

fn main() {}
