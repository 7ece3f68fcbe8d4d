//! See `rank::rank`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| taskward_fuzz::rank::rank(data));
