//! No grant exists without a credential.
use taskward_access::Grant;

fn main() {
    let _ = Grant::default();
}
