//! See `quick_add::quick_add`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| taskward_fuzz::quick_add::quick_add(data));
