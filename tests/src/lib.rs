//! What the tests that cross crates share: the bundled pictures and weights, and goldens from peers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::tensor::{Device, Tensor};
use negah_zoo::{Model, picture};
use safetensors::SafeTensors;
use serde::Deserialize;

/// One picture of the gallery.
#[derive(Debug, Deserialize)]
pub struct Sample {
    /// Its name under `www/samples/`.
    pub file: String,
    /// Classes of ImageNet that are really in it.
    pub classes: Vec<String>,
}

/// A file of the repository, by its path from the root.
#[must_use]
pub fn file(path: &str) -> Vec<u8> {
    // Asked for at run time: one target directory may serve several checkouts.
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests and names their folder");
    let path = PathBuf::from(here).join("..").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pictures of the gallery.
#[must_use]
pub fn samples() -> Vec<Sample> {
    serde_json::from_slice(&file("www/samples/samples.json")).expect("samples.json lists the gallery")
}

/// The model that the repository ships.
#[must_use]
pub fn model() -> &'static Model {
    negah_zoo::find("efficientnet-lite0").expect("the registry has the model that the repository ships")
}

/// A picture of the gallery as the model's input, `[1, 3, 224, 224]`.
#[must_use]
pub fn input(sample: &str) -> Tensor<4> {
    let picture = picture::decode(&file(&format!("www/samples/{sample}"))).expect("the gallery holds pictures");
    model().input(&picture, &Device::flex())
}

/// A tensor's values.
#[must_use]
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("a tensor of the CPU device can be read")
}

/// The arrays of a safetensors file by their names, in single precision.
#[must_use]
pub fn golden(path: &str) -> BTreeMap<String, Vec<f32>> {
    let bytes = file(path);
    let tensors = SafeTensors::deserialize(&bytes).expect("a golden is a safetensors file");
    let floats = |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    tensors.iter().map(|(name, view)| (name.to_owned(), floats(view.data()))).collect()
}

/// The largest difference between two arrays of one length.
#[must_use]
pub fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    ours.iter().zip(theirs).fold(0.0, |max, (a, b)| if (a - b).abs() <= max { max } else { (a - b).abs() })
}

/// The largest magnitude in an array.
#[must_use]
pub fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |max, value| max.max(value.abs()))
}
