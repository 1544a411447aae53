//! Damaged weight files where pointers have 32 bits, and an allocation that fails is a trap.

use serde::Serialize;
use wasm_bindgen::prelude::*;

#[path = "../../../crates/weights/tests/damage/damage.rs"]
mod damage;
#[path = "../../../crates/weights/tests/damage/read.rs"]
mod read;

/// What came of the damaged copies of a file.
#[derive(Serialize)]
struct Outcome {
    /// Copies of which every tensor was read.
    read: u32,
    /// Copies that ended in a sentence.
    refused: u32,
    /// Sentences that are too long, or have control characters.
    bad: Vec<String>,
    /// Bytes of the module's memory afterwards. It never shrinks, so that this is the most.
    memory: f64,
}

/// Reads `tries` damaged copies of a weight file: `{ read, refused, bad, memory }`.
#[wasm_bindgen]
pub fn damage_weights(sound: &[u8], seed: u32, tries: u32) -> Result<JsValue, JsValue> {
    let mut random = damage::Random::new(seed.into());
    let mut outcome = Outcome { read: 0, refused: 0, bad: Vec::new(), memory: 0.0 };
    for number in 0..tries as usize {
        let sentence = match read::read_all(&damage::damaged(sound, number, &mut random)) {
            Ok((_, sentences)) => sentences.into_iter().next(),
            Err(error) => Some(error.to_string()),
        };
        match sentence {
            None => outcome.read += 1,
            Some(sentence) => {
                outcome.refused += 1;
                if sentence.chars().count() > 500 || sentence.contains(char::is_control) {
                    outcome.bad.push(sentence);
                }
            }
        }
    }
    outcome.memory = (core::arch::wasm32::memory_size(0) * 65536) as f64;
    Ok(serde_wasm_bindgen::to_value(&outcome)?)
}
