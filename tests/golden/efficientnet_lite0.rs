//! EfficientNet-Lite0 compared with its PyTorch implementation, and Grad-CAM with captum's, on the
//! same tensors.
//!
//! The goldens are made by `goldens/efficientnet_lite0/make.py`; `cargo xtask goldens` makes them
//! again.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

use burn::tensor::Device;
use negah_attribution::{Explainer, GradCam, Parameters, Pixels, Score, Target, Task};
use negah_network::Network;
use negah_tests::{Golden, file, input, largest, largest_difference, model, samples, values};
use negah_weights::Source;

const FOLDER: &str = "tests/goldens/efficientnet_lite0";

fn load(weights: &dyn Source) -> Network {
    model().open(weights).unwrap().load(&Device::flex()).unwrap().network
}

fn network() -> Network {
    load(&file("www/models/efficientnet-lite0.safetensors"))
}

fn logits(network: &Network, sample: &str) -> Vec<f32> {
    let output = network.output();
    let trace = network.forward(&[(network.input(), input(sample).into())], &[output]).unwrap();
    values(trace.get(output).unwrap().clone().flat().unwrap())
}

fn best(logits: &[f32], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    order.truncate(count);
    order
}

fn probability(logits: &[f32], class: usize) -> f64 {
    let sum: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
    f64::from(logits[class]).exp() / sum
}

#[test]
fn logits_are_pytorchs_with_the_same_weights() {
    let network = network();
    for (sample, expected) in Golden::read(&format!("{FOLDER}/logits_half.safetensors")).iter() {
        let difference = largest_difference(&logits(&network, sample), expected);
        println!("{sample}: {difference:.1e}");
        assert!(difference <= 1e-3, "{sample}: a logit differs by {difference}; regenerate with `cargo xtask goldens`");
    }
}

#[test]
fn half_precision_moves_no_logit_by_more_than_a_fiftieth() {
    let network = network();
    let goldens = Golden::read(&format!("{FOLDER}/logits_full.safetensors"));
    assert_eq!(goldens.iter().count(), samples().len(), "a golden for every bundled picture");
    for (sample, expected) in goldens.iter() {
        let difference = largest_difference(&logits(&network, sample), expected);
        println!("{sample}: {difference:.1e}");
        assert!(difference <= 0.02, "{sample}: a logit differs by {difference}; regenerate with `cargo xtask goldens`");
    }
}

/// Needs the weights in full precision, which are not in the repository. `cargo xtask goldens` runs
/// it.
#[test]
#[ignore = "needs NEGAH_FULL_WEIGHTS, which `cargo xtask goldens` sets"]
fn logits_are_pytorchs_in_full_precision() {
    let folder = std::env::var("NEGAH_FULL_WEIGHTS").expect("NEGAH_FULL_WEIGHTS names a folder");
    let weights = std::fs::read(format!("{folder}/efficientnet-lite0.safetensors")).unwrap();
    let network = load(&weights);
    for (sample, expected) in Golden::read(&format!("{FOLDER}/logits_full.safetensors")).iter() {
        let difference = largest_difference(&logits(&network, sample), expected);
        println!("{sample}: {difference:.1e}");
        assert!(difference <= 1e-3, "{sample}: a logit differs by {difference}");
    }
}

#[test]
fn chelsea_is_an_egyptian_cat_and_coffee_an_espresso() {
    // PyTorch's probabilities for the weights in full precision.
    let network = network();
    let cat = logits(&network, "chelsea.png");
    let [egyptian, tiger, tabby] = [285, 282, 281];
    assert_eq!(best(&cat, 3), [egyptian, tiger, tabby]);
    for (class, expected) in [(egyptian, 0.385), (tiger, 0.332), (tabby, 0.163)] {
        let probability = probability(&cat, class);
        assert!((probability - expected).abs() < 0.01, "class {class}: {probability}, not {expected}");
    }
    let coffee = logits(&network, "coffee.png");
    assert_eq!(best(&coffee, 1), [967]);
    assert!((probability(&coffee, 967) - 0.940).abs() < 0.01);
}

#[test]
fn every_bundled_picture_is_recognised() {
    let network = network();
    for sample in samples() {
        let logits = logits(&network, &sample.file);
        let names: Vec<&str> =
            best(&logits, 5).into_iter().map(|class| negah_zoo::IMAGENET.classes()[class].name.as_str()).collect();
        assert!(sample.classes.iter().any(|class| names.contains(&class.as_str())), "{}: {names:?}", sample.file);
    }
}

#[test]
fn grad_cam_is_captums() {
    let network = network();
    let goldens = Golden::read(&format!("{FOLDER}/grad_cam.safetensors"));
    assert!(goldens.iter().count() >= 6, "three depths and two classes");
    for (name, expected) in goldens.iter() {
        let [sample, layer, class] = name.split('/').collect::<Vec<_>>()[..] else { panic!("{name}") };
        let task = Task {
            network: &network,
            input: input(sample),
            trace: None,
            pixels: Pixels::rgb([127.0; 3], [128.0; 3]),
            background: None,
            stream_offset: 0,
            targets: vec![Target { class: class.parse().unwrap(), score: Score::Logit }],
            batch: 1,
            layer: network.find(layer).unwrap(),
            parameters: Parameters::new(GradCam.info(), []).unwrap(),
        };
        let mut run = GradCam.start(task).unwrap();
        assert!(run.step().unwrap().finished());
        let difference = largest_difference(&values(run.attribution().unwrap().values), expected) / largest(expected);
        println!("{name}: {difference:.1e}");
        assert!(difference <= 1e-3, "{name}: differs by {difference}; regenerate with `cargo xtask goldens`");
    }
}
