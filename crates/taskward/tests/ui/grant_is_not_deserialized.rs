//! No request, file or row becomes a grant.
use taskward_access::Grant;

fn main() {
    let _: Grant = serde_json::from_str("{}").unwrap();
}
