//! See `filter::filter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| taskward_fuzz::filter::filter(data));
