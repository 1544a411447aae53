//! A file of `torch.save`, either a ZIP archive or a stream: every tensor is read.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/weights/tests/damage/read.rs"]
mod read;

fuzz_target!(|bytes: &[u8]| {
    if matches!(bytes, [0x80, ..] | [b'P', b'K', ..]) {
        let _ = read::read_all(bytes);
    }
});
