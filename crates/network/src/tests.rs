//! Networks small enough to work out by hand, and the promises every run keeps.

use burn::tensor::{Device, Tensor};

use crate::ops::oracle::{activation_values, assert_close, param, random};
use crate::ops::{Add, BatchNorm, Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Padding, Relu};
use crate::{Activation, Builder, Error, LayerId, Network, Rule};

/// A stem, a residual block with a stride-2 shortcut beside it, and a classifier: every op of the crate.
fn residual() -> Network {
    let conv = |kernel, seed: u64, stride: usize, groups| {
        let options = Conv2dOptions { stride: [stride; 2], groups, ..Conv2dOptions::default() };
        Conv2d::new(param(random(kernel, seed)), None, options)
    };
    let norm = |channels, seed: u64| {
        let vector = |offset| param(random([channels], seed + offset));
        let variance = param(random([channels], seed + 3).abs());
        BatchNorm::new(vector(0), vector(1), vector(2), variance, 1e-3)
    };
    let mut builder = Builder::new(vec![3, 7, 6]);
    let x = builder.input();
    let x = builder.layer("stem.conv", conv([4, 3, 3, 3], 1, 1, 1), &[x]).unwrap();
    let x = builder.layer("stem.bn", norm(4, 10), &[x]).unwrap();
    let stem = builder.layer("stem.relu", Relu::six(), &[x]).unwrap();
    builder.stage("stem", stem).unwrap();
    let x = builder.layer("block.conv", conv([4, 1, 3, 3], 2, 2, 4), &[stem]).unwrap();
    let x = builder.layer("block.bn", norm(4, 20), &[x]).unwrap();
    let x = builder.layer("block.relu", Relu::new(), &[x]).unwrap();
    let short = builder.layer("block.short", conv([4, 4, 1, 1], 3, 2, 1), &[stem]).unwrap();
    let x = builder.layer("block.add", Add, &[x, short]).unwrap();
    builder.stage("block", x).unwrap();
    let x = builder.layer("pool", GlobalAveragePool, &[x]).unwrap();
    let x = builder.layer("flatten", Flatten, &[x]).unwrap();
    let dense = Dense::new(vec![param(random([5, 4], 4))], param(random([5], 5)));
    let x = builder.layer("classifier", dense, &[x]).unwrap();
    builder.finish(x)
}

fn names(network: &Network, layers: &[LayerId]) -> Vec<String> {
    layers.iter().map(|layer| network.name(*layer).to_owned()).collect()
}

fn picture(batch: usize) -> Activation {
    random([batch, 3, 7, 6], 99).into()
}

fn get(network: &Network, feed: (&str, Activation), fetch: &str) -> Vec<f32> {
    let (feed, value) = (network.find(feed.0).unwrap(), feed.1);
    let fetch = network.find(fetch).unwrap();
    activation_values(network.forward(&[(feed, value)], &[fetch]).unwrap().get(fetch).unwrap().clone())
}

#[test]
fn a_convolution_of_ones_sums_its_neighbourhood() {
    let device = Device::flex();
    let ones = Tensor::<4>::ones([1, 1, 3, 3], &device);
    let mut builder = Builder::new(vec![1, 3, 4]);
    let input = builder.input();
    let options = Conv2dOptions { padding: Padding::Same, ..Conv2dOptions::default() };
    let conv = builder.layer("conv", Conv2d::new(param(ones), None, options), &[input]).unwrap();
    let network = builder.finish(conv);
    let x = Tensor::<4>::from_floats([[[[1., 2., 3., 4.], [5., 6., 7., 8.], [9., 10., 11., 12.]]]], &device);
    assert_eq!(
        get(&network, ("input", x.clone().into()), "conv"),
        [14., 24., 30., 22., 33., 54., 63., 45., 30., 48., 54., 38.]
    );
    // Every pixel's gradient is the number of outputs whose window holds it.
    let trace = network.record(&[(input, x.into())], &[conv], &[input]).unwrap();
    let seed = Tensor::<4>::ones([1, 1, 3, 4], &device).into();
    let gradient = network.backward(&trace, conv, seed, &[input], Rule::Gradient).unwrap().remove(0);
    assert_eq!(activation_values(gradient), [4., 6., 6., 4., 6., 9., 9., 6., 4., 6., 6., 4.]);
}

#[test]
fn folding_a_batch_norm_changes_nothing() {
    let network = residual();
    let [input, output] = [network.input(), network.output()];
    let unfolded = ["stem.conv", "block.conv"].map(|name| network.find(name).unwrap());
    let folded = network.record(&[(input, picture(3))], &[output], &[input]).unwrap();
    let apart = network.record(&[(input, picture(3))], &[output, unfolded[0], unfolded[1]], &[input]).unwrap();
    let logits = |trace: &crate::Trace| activation_values(trace.get(output).unwrap().clone());
    assert_close(&logits(&folded), &logits(&apart), 1e-5);
    let gradient = |trace| {
        let seed = random([3, 5], 8).into();
        activation_values(network.backward(trace, output, seed, &[input], Rule::Gradient).unwrap().remove(0))
    };
    assert_close(&gradient(&folded), &gradient(&apart), 1e-5);
}

#[test]
fn the_walk_back_is_autodiffs_at_every_layer() {
    let network = residual();
    let tracking = network.to_device(&Device::flex().autodiff());
    let output = network.output();
    let layers: Vec<LayerId> = network.summary().iter().map(|line| network.find(&line.name).unwrap()).collect();
    let values = network.forward(&[(network.input(), picture(3))], &layers).unwrap();
    for layer in network.cuts().into_iter().filter(|layer| *layer != output) {
        let Activation::Rank4(value) = values.get(layer).unwrap().clone() else { continue };
        let tracked = value.clone().autodiff().require_grad();
        let seed: Tensor<2> = random([3, 5], 8);
        let forward = tracking.forward(&[(layer, tracked.clone().into())], &[output]).unwrap();
        let loss = (forward.get(output).unwrap().clone().into_rank2() * seed.clone().autodiff()).sum();
        let expected: Tensor<4> = tracked.grad(&loss.backward()).unwrap();

        let trace = network.record(&[(layer, value.into())], &[output], &[layer]).unwrap();
        let ours = network.backward(&trace, output, seed.into(), &[layer], Rule::Gradient).unwrap().remove(0);
        assert_close(&activation_values(ours), &activation_values(expected.into()), 1e-5);
    }
}

#[test]
fn any_segment_continues_where_another_stopped() {
    let network = residual();
    let whole = get(&network, ("input", picture(2)), "classifier");
    for cut in ["stem", "block", "pool", "flatten"] {
        let layer = network.find(cut).unwrap();
        let trace = network.forward(&[(network.input(), picture(2))], &[layer]).unwrap();
        let rest = get(&network, (cut, trace.get(layer).unwrap().clone()), "classifier");
        assert_close(&rest, &whole, 1e-6);
    }
}

#[test]
fn a_batch_is_its_examples_one_by_one() {
    let network = residual();
    let Activation::Rank4(pictures) = picture(3) else { unreachable!() };
    let together = get(&network, ("input", pictures.clone().into()), "classifier");
    let apart: Vec<f32> = (0..3)
        .flat_map(|index| get(&network, ("input", pictures.clone().narrow(0, index, 1).into()), "classifier"))
        .collect();
    assert_close(&together, &apart, 1e-6);
}

#[test]
fn cuts_are_the_layers_every_path_passes() {
    let network = residual();
    assert_eq!(
        names(&network, &network.cuts()),
        ["input", "stem.conv", "stem.bn", "stem.relu", "block.add", "pool", "flatten", "classifier"]
    );
}

#[test]
fn what_enters_a_group_is_the_layer_before_it() {
    let network = residual();
    let entry = |name| network.entry(name).map(|layer| network.name(layer).to_owned());
    assert_eq!(entry("input").unwrap(), "input");
    assert_eq!(entry("stem").unwrap(), "input");
    assert_eq!(entry("block").unwrap(), "stem.relu");
    assert_eq!(entry("block.bn").unwrap(), "block.conv");
    assert!(matches!(entry("block.add"), Err(Error::SeveralInputs(name)) if name == "block.add"));
    let lines = network.summary();
    let cut_input = |name| lines.iter().find(|line| line.name == name).unwrap().cut_input;
    assert!(cut_input("block") && cut_input("pool") && !cut_input("block.bn") && !cut_input("block.add"));
}

#[test]
fn mistakes_are_answered_in_words() {
    let network = residual();
    let [input, output] = [network.input(), network.output()];
    assert_eq!(
        network.find("haed").unwrap_err().to_string(),
        "There is no layer named “haed”. This network has: stem, block."
    );
    let wrong = random([1, 3, 6, 7], 1).into();
    assert_eq!(
        network.forward(&[(input, wrong)], &[output]).unwrap_err().to_string(),
        "Layer “input” takes a batch of [3, 7, 6], but the tensor given is [1, 3, 6, 7]."
    );
    let block = network.find("block").unwrap();
    assert!(matches!(network.forward(&[], &[block]), Err(Error::Unfed(name)) if name == "input"));
    let trace = network.forward(&[(input, picture(1))], &[output]).unwrap();
    assert!(matches!(trace.get(block), Err(Error::NotFetched(_))));
    let seed = || Activation::from(random([1, 5], 1));
    let refused = network.backward(&trace, output, seed(), &[block], Rule::Gradient);
    assert!(matches!(refused, Err(Error::NotRecorded(name)) if name == "block.add"));
    let short = network.find("block.short").unwrap();
    let trace = network.record(&[(input, picture(1))], &[short, output], &[short]).unwrap();
    let conv = network.find("block.conv").unwrap();
    let trace_conv = network.record(&[(input, picture(1))], &[short, output], &[conv]).unwrap();
    let shape = random([1, 4, 4, 3], 1).into();
    let refused = network.backward(&trace_conv, short, shape, &[conv], Rule::Gradient);
    assert!(matches!(refused, Err(Error::NoPath { .. })));
    let two = random([2, 5], 1).into();
    assert!(matches!(network.backward(&trace, output, two, &[short], Rule::Gradient), Err(Error::Shape { .. })));
}

#[test]
fn a_name_stands_for_one_layer() {
    let mut builder = Builder::new(vec![2, 3, 3]);
    let input = builder.input();
    assert!(matches!(builder.layer("input", Relu::new(), &[input]), Err(Error::DuplicateName(_))));
    assert!(matches!(builder.layer("sum", Add, &[input]), Err(Error::Build { .. })));
}
