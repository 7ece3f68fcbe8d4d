//! A grant is not built from its parts.
use taskward_access::{Grant, Scope};
use taskward_domain::UserId;

fn as_bob(grant: Grant) -> Grant {
    let user: UserId = "bob".parse().unwrap();
    Grant { user, scope: Scope::ALL, ..grant }
}

fn main() {}
