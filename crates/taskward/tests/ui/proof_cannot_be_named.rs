//! The proof behind a grant is private to the access crate.
use taskward_access::grant::Proof;

fn main() {}
