//! Axioms that every attribution should satisfy (Sundararajan et al., 2017; Erion et al., 2021),
//! tested on random small networks. No golden gives these numbers.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

use burn::tensor::{Device, Tensor, TensorData};
use negah_attribution::{Attribution, Parameters, Pixels, Random, Score, Setting, Target, Task, find};
use negah_network::ops::{Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Relu};
use negah_network::{Builder, Network, Param};
use negah_tests::values;

const SEEDS: std::ops::Range<u32> = 0..5;

fn random<const D: usize>(shape: [usize; D], random: &mut Random, scale: f32) -> Tensor<D> {
    let values: Vec<f32> = random.normals(shape.iter().product()).into_iter().map(|value| value * scale).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn param<const D: usize>(tensor: Tensor<D>) -> Param<D> {
    Param { tensor, tensor_name: String::new() }
}

/// Two convolutions with ReLUs, the mean, and three classes. The third class is 2·first − 3·second.
fn network(seed: u32, [height, width]: [usize; 2], stride: usize) -> Network {
    let mut source = Random::new(seed);
    let source = &mut source;
    let mut builder = Builder::new(vec![3, height, width]).unwrap();
    let mut x = builder.input();
    for (name, from, to, stride) in [("first", 3, 5, stride), ("second", 5, 6, 1)] {
        let weight = param(random([to, from, 3, 3], source, (2.0 / (from as f32 * 9.0)).sqrt()));
        // Without bias, so that a picture of zeros gives zeros and a shifted picture the same
        // score.
        let options = Conv2dOptions { stride: [stride; 2], ..Conv2dOptions::default() };
        x = builder.layer(name, Conv2d::new(weight, None, options), &[x]).unwrap();
        x = builder.layer(format!("{name}.relu"), Relu::new(), &[x]).unwrap();
    }
    x = builder.layer("pool", GlobalAveragePool, &[x]).unwrap();
    x = builder.layer("flatten", Flatten, &[x]).unwrap();
    let two = random([2, 6], source, 3.0);
    let [first, second] = [two.clone().narrow(0, 0, 1), two.clone().narrow(0, 1, 1)];
    let weight = Tensor::cat(vec![two, first * 2.0 - second * 3.0], 0);
    let dense = Dense::new(vec![param(weight)], param(Tensor::zeros([3], &Device::flex())));
    x = builder.layer("dense", dense, &[x]).unwrap();
    builder.finish(x).unwrap()
}

fn picture(seed: u32, size: [usize; 2]) -> Tensor<4> {
    random([1, 3, size[0], size[1]], &mut Random::new(seed + 100), 0.5).clamp(-1.0, 1.0)
}

fn explain(
    network: &Network,
    input: &Tensor<4>,
    pictures: Option<&Tensor<4>>,
    method: &str,
    classes: &[usize],
    set: &[(&str, Setting)],
) -> Attribution {
    let explainer = find(method).unwrap();
    let given = set.iter().map(|(id, value)| ((*id).to_owned(), value.clone()));
    let task = Task {
        network,
        input: input.clone(),
        trace: None,
        pixels: Pixels::rgb([127.5; 3], [127.5; 3]),
        background: pictures.cloned(),
        targets: classes.iter().map(|class| Target { class: *class, score: Score::Logit }).collect(),
        layer: explainer.info().layer(network, None, "second").unwrap(),
        batch: 7,
        stream_offset: 0,
        parameters: Parameters::new(explainer.info(), given).unwrap(),
    };
    let mut run = explainer.start(task).unwrap();
    while !run.step().unwrap().finished() {}
    run.attribution().unwrap()
}

fn number(value: impl Into<f64>) -> Setting {
    Setting::Number(value.into())
}

fn text(value: &str) -> Setting {
    Setting::Text(value.to_owned())
}

fn measure(attribution: &Attribution, id: &str) -> f32 {
    values(attribution.measures.iter().find(|measure| measure.id == id).unwrap().values.clone())[0].abs()
}

fn total(attribution: &Attribution) -> f32 {
    values(attribution.values.clone()).iter().sum()
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |max, value| max.max(value.abs()))
}

#[test]
fn integrated_gradients_add_up_the_better_the_more_steps() {
    for seed in SEEDS {
        let (network, input) = (network(seed, [9, 13], 2), picture(seed, [9, 13]));
        for baseline in ["black", "blur", "255,0,128"] {
            let deltas: Vec<(f32, f32)> = [10, 500]
                .map(|steps| {
                    let set = [("steps", number(steps)), ("baseline", text(baseline))];
                    let attribution = explain(&network, &input, None, "integrated-gradients", &[1], &set);
                    (measure(&attribution, "convergence-delta"), total(&attribution).abs())
                })
                .to_vec();
            let [(coarse, _), (fine, sum)] = deltas[..] else { unreachable!() };
            assert!(fine < 0.01 * sum, "seed {seed}, {baseline}: a gap of {fine} in a sum of {sum}");
            assert!(fine <= coarse + 1e-4 * sum, "seed {seed}, {baseline}: {coarse} with 10 steps, {fine} with 500");
        }
    }
}

#[test]
fn expected_gradients_add_up_but_for_noise() {
    for seed in SEEDS {
        let (network, input) = (network(seed, [8, 11], 2), picture(seed, [8, 11]));
        let background = Tensor::cat((20..24).map(|other| picture(other, [8, 11])).collect(), 0);
        let gap = |samples: u32| {
            let set = [("samples", number(samples)), ("seed", number(seed))];
            let attribution = explain(&network, &input, Some(&background), "expected-gradients", &[0], &set);
            measure(&attribution, "sum-gap")
        };
        // The sum of a sample is roughly between −2 and 2 here, so its mean over n has an error
        // near 1/√n.
        let (few, many) = (gap(50), gap(5000));
        assert!(many < 0.06, "seed {seed}: a gap of {many} with 5000 samples ({few} with 50)");
    }
}

#[test]
fn a_class_that_is_a_mixture_has_the_mixture_of_the_maps() {
    let exact = [
        ("saliency", vec![]),
        ("gradient-x-input", vec![]),
        ("integrated-gradients", vec![("steps", number(20))]),
        ("smooth-grad", vec![("samples", number(9))]),
        ("expected-gradients", vec![("samples", number(9))]),
        ("occlusion", vec![("window", number(4)), ("stride", number(3))]),
        ("grad-cam", vec![("relu", Setting::Bool(false))]),
    ];
    for seed in SEEDS {
        let (network, input) = (network(seed, [9, 12], 2), picture(seed, [9, 12]));
        for (method, set) in &exact {
            let maps = values(explain(&network, &input, None, method, &[0, 1, 2], set).values);
            let (first, rest) = maps.split_at(maps.len() / 3);
            let (second, third) = rest.split_at(first.len());
            let scale = largest(third);
            for ((a, b), both) in first.iter().zip(second).zip(third) {
                let difference = (2.0 * a - 3.0 * b - both).abs();
                assert!(difference <= 1e-4 * scale, "{method}, seed {seed}: {a} and {b} make {both}");
            }
        }
    }
}

#[test]
fn another_class_has_another_map() {
    for seed in SEEDS {
        let (network, input) = (network(seed, [9, 12], 2), picture(seed, [9, 12]));
        for method in ["saliency", "integrated-gradients", "smooth-grad", "expected-gradients", "occlusion", "grad-cam"]
        {
            let set = if method == "occlusion" { vec![("window", number(3)), ("stride", number(3))] } else { vec![] };
            let maps = values(explain(&network, &input, None, method, &[0, 1], &set).values);
            let (first, second) = maps.split_at(maps.len() / 2);
            let difference = first.iter().zip(second).map(|(a, b)| a - b).collect::<Vec<_>>();
            let share = largest(&difference) / largest(&maps).max(f32::MIN_POSITIVE);
            assert!(share > 0.01, "{method}, seed {seed}: two classes have one map");
        }
    }
}

#[test]
fn a_picture_that_is_its_own_baseline_has_nothing_to_attribute() {
    for seed in SEEDS {
        let (network, input) = (network(seed, [9, 12], 2), picture(seed, [9, 12]));
        let own = [("baseline", text("picture")), ("steps", number(5))];
        for (method, set) in [("integrated-gradients", &own[..]), ("expected-gradients", &[("samples", number(5))][..])]
        {
            let map = values(explain(&network, &input, Some(&input), method, &[0], set).values);
            assert!(map.iter().all(|value| *value == 0.0), "{method}, seed {seed}");
        }
        let set = [("fill", text("picture")), ("window", number(3)), ("stride", number(3))];
        let map = values(explain(&network, &input, Some(&input), "occlusion", &[0], &set).values);
        assert!(largest(&map) == 0.0, "occlusion, seed {seed}");
    }
}

#[test]
fn an_occlusion_map_moves_with_the_picture() {
    let size = [20, 26];
    for seed in SEEDS {
        // A small object on a background of zeros, which is grey. It is away from the border in
        // both positions.
        let thing = random([1, 3, 5, 6], &mut Random::new(seed + 7), 0.5);
        let at = |top: usize, left: usize| {
            let ground = Tensor::<4>::zeros([1, 3, size[0], size[1]], &Device::flex());
            ground.slice_assign([0..1, 0..3, top..top + 5, left..left + 6], thing.clone())
        };
        let network = network(seed, size, 1);
        let set = [("window", number(4)), ("stride", number(2)), ("fill", text("grey"))];
        let map = |input| values(explain(&network, &input, None, "occlusion", &[0], &set).values);
        let (here, there) = (map(at(5, 6)), map(at(9, 12)));
        let scale = largest(&here);
        assert!(scale > 0.0);
        for y in 0..size[0] - 4 {
            for x in 0..size[1] - 6 {
                let (a, b) = (here[y * size[1] + x], there[(y + 4) * size[1] + x + 6]);
                assert!((a - b).abs() <= 1e-4 * scale, "seed {seed}, at {y}, {x}: {a} and {b}");
            }
        }
    }
}
