//! See `targets::authorization`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| taskward_fuzz::targets::authorization(data));
