//! Damaged pictures, decoded on wasm32, where an allocation that fails ends the module.

use serde::Serialize;
use wasm_bindgen::prelude::*;

#[path = "../../../crates/picture/tests/damage/mod.rs"]
mod damage;

/// How many damaged files were decoded, and how many refused.
#[derive(Serialize)]
struct Damaged {
    decoded: u32,
    refused: u32,
}

/// Decodes `tries` damaged copies of the picture goldens: `{ decoded, refused }`.
///
/// The same seed gives the same copies as the native test of `negah-picture`.
#[wasm_bindgen]
pub fn damage_pictures(seed: u32, tries: u32) -> Result<JsValue, JsValue> {
    let mut random = damage::Random::new(seed.into());
    let decoded = (0..tries).filter(|_| negah_picture::decode(&damage::damaged(&mut random)).is_ok()).count() as u32;
    Ok(serde_wasm_bindgen::to_value(&Damaged { decoded, refused: tries - decoded })?)
}

/// Decodes a file: the code of its error, or nothing.
#[wasm_bindgen]
pub fn picture_error(bytes: &[u8]) -> Option<String> {
    negah_picture::decode(bytes).err().map(|error| error.code().to_owned())
}
