//! There is no caller that nobody proved.
use taskward::auth::Caller;

fn main() {
    let _ = Caller::default();
}
