//! No request, file or row becomes a caller.
use taskward::auth::Caller;

fn main() {
    let _: Caller = serde_json::from_str("{}").unwrap();
}
