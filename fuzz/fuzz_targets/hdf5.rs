//! An HDF5 file: every tensor is read.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/weights/tests/damage/read.rs"]
mod read;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"\x89HDF") {
        let _ = read::read_all(bytes);
    }
});
