//! See `targets::token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| taskward_fuzz::targets::token(data));
