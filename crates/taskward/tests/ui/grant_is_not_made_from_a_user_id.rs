//! A user id alone gives no grant.
use taskward_access::Grant;
use taskward_domain::UserId;

fn main() {
    let bob: UserId = "bob".parse().unwrap();
    let _ = Grant::try_from(bob);
}
