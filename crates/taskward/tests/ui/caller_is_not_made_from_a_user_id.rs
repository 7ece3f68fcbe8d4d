//! Knowing a user's id makes nobody that user.
use taskward::auth::Caller;
use taskward::domain::UserId;

fn main() {
    let bob: UserId = "bob".parse().unwrap();
    let _ = Caller::try_from(bob);
}
