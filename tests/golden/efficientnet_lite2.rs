//! EfficientNet-Lite2 compared with its PyTorch implementation, on the same tensors.
//!
//! Its weights are not in the repository. The network is always compared with made-up weights. With
//! the real ones, which `cargo xtask fetch-models` makes, an ignored test compares it. The goldens
//! are made by `goldens/efficientnet_lite2/make.py`; `cargo xtask goldens` makes them again.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

use burn::tensor::Device;
use negah_network::Network;
use negah_tests::{Golden, errors, input_of, place, samples, values};
use negah_weights::Source;
use negah_zoo::{Architecture, find};

const FOLDER: &str = "tests/goldens/efficientnet_lite2";

fn model() -> &'static Architecture {
    find("efficientnet-lite2").unwrap()
}

fn load(weights: &dyn Source) -> Network {
    model().open(weights).unwrap().load(&Device::flex()).unwrap().network
}

/// Compares the logits of as many pictures with a golden. The tolerance is relative to the largest
/// logit of a picture.
fn check(network: &Network, golden: &str, pictures: usize, tolerance: f32) {
    let goldens = Golden::read(&format!("{FOLDER}/{golden}.safetensors"));
    assert_eq!(goldens.iter().count(), pictures);
    let output = network.output();
    for (sample, expected) in goldens.iter() {
        let input = input_of(model(), sample);
        let trace = network.forward(&[(network.input(), input.into())], &[output]).unwrap();
        let (difference, _) = errors(&values(trace.get(output).unwrap().clone().flat().unwrap()), expected);
        println!("{golden}, {sample}: {difference:.1e}");
        assert!(
            difference <= tolerance,
            "{golden}, {sample}: a logit differs by {difference} of the largest; regenerate with `cargo xtask goldens`"
        );
    }
}

#[test]
fn logits_are_pytorchs_with_made_up_weights() {
    check(&model().seeded(1.0, &Device::flex()).unwrap().network, "logits_seeded", 1, 1e-4);
}

#[test]
#[ignore = "needs `cargo xtask fetch-models`"]
fn logits_are_pytorchs_with_the_fetched_weights() {
    let path = place("www/models/fetched/efficientnet-lite2.safetensors");
    let weights = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}. `cargo xtask fetch-models` makes the file", path.display()));
    let network = load(&weights);
    check(&network, "logits_half", samples().len(), 1e-4);
    // The error of half precision.
    check(&network, "logits_full", samples().len(), 2e-3);
}

/// Needs the weights in full precision, which are not in the repository. `cargo xtask goldens` runs
/// it.
#[test]
#[ignore = "needs NEGAH_FULL_WEIGHTS, which `cargo xtask goldens` sets"]
fn logits_are_pytorchs_in_full_precision() {
    let folder = std::env::var("NEGAH_FULL_WEIGHTS").expect("NEGAH_FULL_WEIGHTS names a folder");
    let weights = std::fs::read(format!("{folder}/efficientnet-lite2.safetensors")).unwrap();
    check(&load(&weights), "logits_full", samples().len(), 1e-4);
}
