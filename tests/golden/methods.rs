//! Every explanation method held to its peers, on the same tensors: captum, shap, pytorch-grad-cam, tf-explain.
//!
//! The goldens lie beside the scripts that make them, `goldens/methods_small/make.py` and
//! `goldens/methods_efficientnet/make.py`; each `cases.json` says what was asked of whom. The small networks are
//! oblong and odd on purpose. A value's error is relative to the largest magnitude of its golden.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use negah_attribution::{Attribution, Channel, EXPLAINERS, Info, Job, Parameters, Pixels, Score, Target, Value, find};
use negah_network::Network;
use negah_tests::{Golden, file, input, largest_difference, model, small_network, values};
use serde::Deserialize;

/// What was asked of a peer.
#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    peer: String,
    method: String,
    network: String,
    layer: Option<String>,
    targets: Vec<usize>,
    score: String,
    parameters: BTreeMap<String, serde_json::Value>,
    pictures: Option<Vec<String>>,
    picture: String,
    compare: Compare,
    tolerance: f32,
}

/// Which of our values a golden holds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compare {
    All,
    /// Their magnitudes.
    Absolute,
    /// Every eighth pixel of either axis, from the fourth.
    Sample8,
    /// Every fourth channel, and of it every seventh pixel of either axis.
    SampleChannels,
}

fn cases(folder: &str) -> Vec<Case> {
    serde_json::from_slice(&file(&format!("tests/goldens/{folder}/cases.json"))).unwrap()
}

fn arrays(folder: &str) -> Golden {
    Golden::read(&format!("tests/goldens/{folder}/arrays.safetensors"))
}

fn value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(value) => Value::Number(value.as_f64().unwrap()),
        other => Value::Text(other.as_str().unwrap().to_owned()),
    }
}

/// Runs a case to its end, three samples at a time.
fn explain(
    case: &Case,
    network: &Network,
    pixels: Pixels,
    input: Tensor<4>,
    pictures: Option<Tensor<4>>,
) -> Attribution {
    let explainer = find(&case.method).unwrap();
    let info: &Info = explainer.info();
    let score = Score::find(&case.score).unwrap();
    let given = case.parameters.iter().map(|(id, json)| (id.clone(), value(json)));
    let job = Job {
        network,
        input,
        pixels,
        pictures,
        targets: case.targets.iter().map(|class| Target { class: *class, score }).collect(),
        layer: info.layer(network, case.layer.as_deref(), "").unwrap(),
        batch: 3,
        parameters: Parameters::new(info, given).unwrap(),
    };
    let mut run = explainer.start(job).unwrap();
    while !run.step().unwrap().finished() {}
    run.attribution().unwrap()
}

/// The values that a golden holds of ours.
fn chosen(values_of: Tensor<4>, compare: Compare) -> Vec<f32> {
    let dims @ [targets, channels, height, width] = values_of.dims();
    let all = values(values_of);
    let every = |size: usize, from: usize, step: usize| (from..size).step_by(step).collect::<Vec<_>>();
    let (channels, rows, columns) = match compare {
        Compare::All => return all,
        Compare::Absolute => return all.into_iter().map(f32::abs).collect(),
        Compare::Sample8 => (every(channels, 0, 1), every(height, 3, 8), every(width, 3, 8)),
        Compare::SampleChannels => (every(channels, 0, 4), every(height, 0, 7), every(width, 0, 7)),
    };
    let mut some = Vec::new();
    for target in 0..targets {
        for channel in &channels {
            for y in &rows {
                let row = ((target * dims[1] + channel) * height + y) * width;
                some.extend(columns.iter().map(|x| all[row + x]));
            }
        }
    }
    some
}

/// Relative to the largest magnitude expected: the largest error, and that which one value in a hundred exceeds.
fn errors(ours: &[f32], theirs: &[f32]) -> (f32, f32) {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    let scale = theirs.iter().fold(f32::MIN_POSITIVE, |max, value| max.max(value.abs()));
    let mut errors: Vec<f32> = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs() / scale).collect();
    assert!(errors.iter().all(|error| error.is_finite()), "every value is a number");
    errors.sort_by(f32::total_cmp);
    (errors[errors.len() - 1], errors[(errors.len() - 1) * 99 / 100])
}

fn check(case: &Case, ours: &Attribution, golden: &Golden, absolute: f32) {
    let Case { name, peer, tolerance, compare, .. } = case;
    let expected = golden.values(name).unwrap_or_else(|| panic!("no golden for {name}"));
    let (worst, usual) = errors(&chosen(ours.values.clone(), *compare), expected);
    println!("{name} ({peer}): {worst:.1e}, 99 % within {usual:.1e}");
    assert!(worst <= *tolerance, "{name}: differs by {worst} from {peer}; make.py beside the golden makes it anew");
    assert!(usual <= 1e-3, "{name}: one value in a hundred differs by more than {usual} from {peer}");
    if let Some(expected) = golden.values(&format!("{name}/variance")) {
        let variance = ours.variance.clone().unwrap_or_else(|| panic!("{name} has a variance"));
        let (worst, usual) = errors(&chosen(variance, *compare), expected);
        println!("{name}/variance: {worst:.1e}, 99 % within {usual:.1e}");
        assert!(worst <= *tolerance && usual <= 1e-3, "{name}/variance: differs by {worst}");
    }
    if let Some(expected) = golden.values(&format!("{name}/ranking")) {
        let (worst, _) = errors(&values(ours.ranking.clone().unwrap()), expected);
        assert!(worst <= *tolerance, "{name}/ranking: differs by {worst}");
    }
    for measure in ["convergence-delta", "sum-gap"] {
        let Some(expected) = golden.values(&format!("{name}/{measure}")) else { continue };
        let ours = ours.measures.iter().find(|one| one.id == measure).unwrap_or_else(|| panic!("{name}: {measure}"));
        let difference = largest_difference(&values(ours.values.clone()), expected);
        println!("{name}/{measure}: {difference:.1e}");
        assert!(difference <= absolute, "{name}/{measure}: differs by {difference}");
    }
}

#[test]
fn small_networks_are_explained_as_by_the_peers() {
    let golden = arrays("methods_small");
    let weights = Golden::read("tests/goldens/methods_small/weights.safetensors");
    for case in cases("methods_small") {
        let network = small_network(&weights, &case.network, &Device::flex());
        let pixels = match case.network.as_str() {
            "grey" => Pixels::new(vec![Channel { colour: 0, mean: 127.5, std: 127.5 }]),
            _ => Pixels::rgb([127.5; 3], [127.5; 3]),
        };
        let pictures = case.pictures.as_ref().map(|names| golden.tensor(&names[0], &Device::flex()));
        let ours = explain(&case, &network, pixels, golden.tensor(&case.picture, &Device::flex()), pictures);
        check(&case, &ours, &golden, 1e-4);
    }
}

#[test]
fn efficientnet_is_explained_as_by_the_peers() {
    let golden = arrays("methods_efficientnet");
    let network = model().load(&file("www/models/efficientnet-lite0.safetensors"), &Device::flex()).unwrap();
    let preprocessing = model().preprocessing;
    for case in cases("methods_efficientnet") {
        let pixels = Pixels::rgb(preprocessing.mean, preprocessing.std);
        let pictures =
            case.pictures.as_ref().map(|names| Tensor::cat(names.iter().map(|name| input(name)).collect(), 0));
        let ours = explain(&case, &network, pixels, input(&case.picture), pictures);
        check(&case, &ours, &golden, 0.02);
    }
}

#[test]
fn every_method_has_a_golden() {
    let cases: Vec<Case> = cases("methods_small").into_iter().chain(cases("methods_efficientnet")).collect();
    for explainer in EXPLAINERS {
        let id = explainer.info().id;
        for efficientnet in [false, true] {
            let has = |case: &Case| case.method == id && (case.network == "efficientnet-lite0") == efficientnet;
            assert!(cases.iter().any(has), "{id} has no golden in goldens/methods_{{small,efficientnet}}");
        }
    }
}

#[test]
fn one_seed_gives_the_same_bytes_whatever_the_batch() {
    let golden = arrays("methods_small");
    let weights = Golden::read("tests/goldens/methods_small/weights.safetensors");
    let network = small_network(&weights, "colour", &Device::flex());
    for method in ["smooth-grad", "expected-gradients"] {
        let run = |batch, seed| {
            let explainer = find(method).unwrap();
            let given = [("samples", 11.0), ("seed", seed)].map(|(id, value)| (id.to_owned(), Value::Number(value)));
            let job = Job {
                network: &network,
                input: golden.tensor("input/colour", &Device::flex()),
                pixels: Pixels::rgb([127.5; 3], [127.5; 3]),
                pictures: Some(golden.tensor("pictures/colour", &Device::flex())),
                targets: vec![Target { class: 0, score: Score::Logit }],
                layer: network.input(),
                batch,
                parameters: Parameters::new(explainer.info(), given).unwrap(),
            };
            let mut run = explainer.start(job).unwrap();
            while !run.step().unwrap().finished() {}
            values(run.attribution().unwrap().values)
        };
        assert_eq!(run(4, 7.0), run(4, 7.0), "{method}: the same seed, the same bytes");
        assert_ne!(run(4, 7.0), run(4, 8.0), "{method}: another seed, another map");
        let (worst, _) = errors(&run(1, 7.0), &run(11, 7.0));
        assert!(worst < 1e-5, "{method}: the batch makes no difference but of rounding, not {worst}");
    }
}
