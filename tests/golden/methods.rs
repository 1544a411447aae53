//! Every method compared with its peers on the same tensors: captum, shap, pytorch-grad-cam,
//! tf-explain.
//!
//! The goldens are beside the scripts that make them, `goldens/methods_small/make.py` and
//! `goldens/methods_efficientnet/make.py`. Each `cases.json` lists the requests and their peers.
//! The small networks have oblong inputs with odd sides on purpose. An error is relative to the
//! largest magnitude of the golden.
//!
//! To run on a GPU instead of the CPU: `cargo test --package negah-tests --features gpu --test
//! methods`.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

use std::sync::LazyLock;

use burn::tensor::{Device, Tensor};
use negah_attribution::{EXPLAINERS, Parameters, Pixels, Progress, Score, Setting, Target, Task, find};
use negah_explain::{Explanation, NativeHost, block_on};
use negah_tests::{Case, Golden, errors, file, input, largest_difference, model, small_network, values};

/// The largest error of a value if a unit is on the other side of its bend.
const BENT: f32 = 0.03;

/// One for all tests: a GPU can be set up only once.
static DEVICE: LazyLock<Device> = LazyLock::new(|| {
    #[cfg(feature = "gpu")]
    return Device::wgpu_options().init().unwrap();
    #[cfg(not(feature = "gpu"))]
    Device::flex()
});

const HOST: NativeHost<fn(Progress)> = NativeHost(|_| ());

fn cases(folder: &str) -> Vec<Case> {
    Case::list(&file(&format!("tests/goldens/{folder}/cases.json")))
}

fn arrays(folder: &str) -> Golden {
    Golden::read(&format!("tests/goldens/{folder}/arrays.safetensors"))
}

fn check(case: &Case, ours: &Explanation, golden: &Golden, absolute: f32) {
    let Case { name, peer, tolerance, .. } = case;
    let expected = golden.values(name).unwrap_or_else(|| panic!("no golden for {name}"));
    let (worst, usual) = errors(&case.compare.of(&ours.values, ours.shape), expected);
    println!("{name} ({peer}): {worst:.1e}, 99 % within {usual:.1e}");
    // In EfficientNet's cases no unit is at the bend of its ReLU6, with the rounding of
    // WebAssembly, which is the same on every machine: there the browser tests compare every value
    // with the tolerance. Other CPUs and GPUs round differently.
    let allowed = if case.network == "efficientnet-lite0" { BENT } else { *tolerance };
    assert!(worst <= allowed, "{name}: differs by {worst} from {peer}; make.py beside the golden makes it anew");
    assert!(usual <= 1e-3, "{name}: one value in a hundred differs by more than {usual} from {peer}");
    if let Some(expected) = golden.values(&format!("{name}/variance")) {
        let variance = ours.variance.as_ref().unwrap_or_else(|| panic!("{name} has a variance"));
        let (worst, usual) = errors(&case.compare.of(variance, ours.shape), expected);
        println!("{name}/variance: {worst:.1e}, 99 % within {usual:.1e}");
        assert!(worst <= allowed && usual <= 1e-3, "{name}/variance: differs by {worst}");
    }
    if let Some(expected) = golden.values(&format!("{name}/ranking")) {
        let (worst, _) = errors(ours.ranking.as_ref().unwrap(), expected);
        assert!(worst <= allowed, "{name}/ranking: differs by {worst}");
    }
    for measure in ["convergence-delta", "sum-gap"] {
        let Some(expected) = golden.values(&format!("{name}/{measure}")) else { continue };
        let ours = ours.measures.iter().find(|one| one.id == measure).unwrap_or_else(|| panic!("{name}: {measure}"));
        let difference = largest_difference(&ours.values, expected);
        println!("{name}/{measure}: {difference:.1e}");
        assert!(difference <= absolute, "{name}/{measure}: differs by {difference}");
    }
}

#[test]
fn small_networks_are_explained_as_by_the_peers() {
    let golden = arrays("methods_small");
    let weights = Golden::read("tests/goldens/methods_small/weights.safetensors");
    for case in cases("methods_small") {
        let ours = block_on(case.on_small_network(&HOST, &weights, &golden, &DEVICE)).unwrap();
        check(&case, &ours, &golden, 1e-4);
    }
}

#[test]
fn efficientnet_is_explained_as_by_the_peers() {
    let golden = arrays("methods_efficientnet");
    let file = file("www/models/efficientnet-lite0.safetensors");
    let model = model().open(&file).unwrap().load(&DEVICE).unwrap();
    for case in cases("methods_efficientnet") {
        let input = |name: &String| input(name).to_device(&DEVICE);
        let pictures = case.pictures.as_ref().map(|names| Tensor::cat(names.iter().map(input).collect(), 0));
        let ours = block_on(case.explain(&HOST, &model, input(&case.picture), pictures)).unwrap();
        check(&case, &ours, &golden, 0.01);
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
            let given = [("samples", 11.0), ("seed", seed)].map(|(id, value)| (id.to_owned(), Setting::Number(value)));
            let task = Task {
                network: &network,
                input: golden.tensor("input/colour", &Device::flex()),
                trace: None,
                pixels: Pixels::rgb([127.5; 3], [127.5; 3]),
                background: Some(golden.tensor("pictures/colour", &Device::flex())),
                targets: vec![Target { class: 0, score: Score::Logit }],
                layer: network.input(),
                batch,
                stream_offset: 0,
                parameters: Parameters::new(explainer.info(), given).unwrap(),
            };
            let mut run = explainer.start(task).unwrap();
            while !run.step().unwrap().finished() {}
            values(run.attribution().unwrap().values)
        };
        assert_eq!(run(4, 7.0), run(4, 7.0), "{method}: the same seed, the same bytes");
        assert_ne!(run(4, 7.0), run(4, 8.0), "{method}: another seed, another map");
        let (worst, _) = errors(&run(1, 7.0), &run(11, 7.0));
        assert!(worst < 1e-5, "{method}: the batch makes no difference but of rounding, not {worst}");
    }
}
