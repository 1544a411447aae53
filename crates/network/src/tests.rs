//! Networks small enough to work out by hand, and the promises every run keeps.

mod limits;
mod property;
mod random_graph;

use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor};

use crate::ops::oracle::{assert_close, loss, param, random, random_value, tracked, values};
use crate::ops::{
    Add, BatchNorm, Concat, Constant, Conv2d, Conv2dOptions, Dense, Flatten, GlobalAveragePool, Mul, Padding, Relu,
    Split,
};
use crate::{Builder, Error, LayerId, Layout, Network, Rule, Value};

/// A stem, a residual block with a stride-2 shortcut beside it, and a classifier: every op of the
/// crate.
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
    let mut builder = Builder::new(vec![3, 7, 6]).unwrap();
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
    builder.finish(x).unwrap()
}

fn names(network: &Network, layers: &[LayerId]) -> Vec<String> {
    layers.iter().map(|layer| network.name(*layer).unwrap().to_owned()).collect()
}

fn picture(batch: usize) -> Value {
    random([batch, 3, 7, 6], 99).into()
}

fn get(network: &Network, feed: (&str, Value), fetch: &str) -> Vec<f32> {
    let (feed, value) = (network.find(feed.0).unwrap(), feed.1);
    let fetch = network.find(fetch).unwrap();
    values(network.forward(&[(feed, value)], &[fetch]).unwrap().get(fetch).unwrap().clone())
}

#[test]
fn a_convolution_of_ones_sums_its_neighbourhood() {
    let device = Device::flex();
    let ones = Tensor::<4>::ones([1, 1, 3, 3], &device);
    let mut builder = Builder::new(vec![1, 3, 4]).unwrap();
    let input = builder.input();
    let options = Conv2dOptions { padding: Padding::Same, ..Conv2dOptions::default() };
    let conv = builder.layer("conv", Conv2d::new(param(ones), None, options), &[input]).unwrap();
    let network = builder.finish(conv).unwrap();
    let x = Tensor::<4>::from_floats([[[[1., 2., 3., 4.], [5., 6., 7., 8.], [9., 10., 11., 12.]]]], &device);
    assert_eq!(
        get(&network, ("input", x.clone().into()), "conv"),
        [14., 24., 30., 22., 33., 54., 63., 45., 30., 48., 54., 38.]
    );
    // Every pixel's gradient is the number of outputs whose window holds it.
    let trace = network.record(&[(input, x.into())], &[conv], &[input]).unwrap();
    let seed = Tensor::<4>::ones([1, 1, 3, 4], &device).into();
    let gradient = network.backward(&trace, conv, seed, &[input], Rule::Gradient).unwrap().remove(0);
    assert_eq!(values(gradient), [4., 6., 6., 4., 6., 9., 9., 6., 4., 6., 6., 4.]);
}

#[test]
fn folding_a_batch_norm_changes_nothing() {
    let network = residual();
    let [input, output] = [network.input(), network.output()];
    let unfolded = ["stem.conv", "block.conv"].map(|name| network.find(name).unwrap());
    let folded = network.record(&[(input, picture(3))], &[output], &[input]).unwrap();
    let apart = network.record(&[(input, picture(3))], &[output, unfolded[0], unfolded[1]], &[input]).unwrap();
    let logits = |trace: &crate::Trace| values(trace.get(output).unwrap().clone());
    assert_close(&logits(&folded), &logits(&apart), 1e-5);
    let gradient = |trace| {
        let seed = random([3, 5], 8).into();
        values(network.backward(trace, output, seed, &[input], Rule::Gradient).unwrap().remove(0))
    };
    assert_close(&gradient(&folded), &gradient(&apart), 1e-5);
}

#[test]
fn backward_equals_autodiff_at_every_layer() {
    let network = residual();
    let tracking = network.to_device(&Device::flex().autodiff());
    let output = network.output();
    let layers: Vec<LayerId> = network.summary().iter().map(|line| network.find(&line.name).unwrap()).collect();
    let computed = network.forward(&[(network.input(), picture(3))], &layers).unwrap();
    for layer in network.cuts().into_iter().filter(|layer| *layer != output) {
        let value = computed.get(layer).unwrap().clone();
        let (leaf, tracked) = tracked(value.clone());
        let seed = random_value(&[3, 5], 8);
        let forward = tracking.forward(&[(layer, tracked)], &[output]).unwrap();
        let loss = loss(forward.get(output).unwrap().clone(), seed.clone());
        let expected = leaf.grad(&loss.backward()).unwrap();

        let trace = network.record(&[(layer, value)], &[output], &[layer]).unwrap();
        let ours = network.backward(&trace, output, seed, &[layer], Rule::Gradient).unwrap().remove(0);
        assert_close(&values(ours), &values(expected), 1e-5);
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
    let pictures = picture(3);
    let together = get(&network, ("input", pictures.clone()), "classifier");
    let apart: Vec<f32> = (0..3)
        .flat_map(|index| get(&network, ("input", pictures.clone().narrow(0, index, 1).unwrap()), "classifier"))
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
    let entry = |name| network.entry(name).map(|layer| network.name(layer).unwrap().to_owned());
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
fn a_number_finds_a_layer_from_either_end() {
    let network = residual();
    let name = |number: &str| network.find(number).map(|layer| network.name(layer).unwrap().to_owned());
    assert_eq!(
        ["0", "1", "-1", "-2"].map(|number| name(number).unwrap()),
        ["input", "stem.conv", "classifier", "flatten"]
    );
    for number in ["12", "-13", "9223372036854775807", "-9223372036854775808"] {
        assert!(matches!(name(number), Err(Error::UnknownLayer { .. })), "{number}");
    }
    // Where there is a list of the reference, its numbers count; a name that is a number goes
    // first.
    let mut builder = Builder::new(vec![2, 3, 3]).unwrap();
    let input = builder.input();
    let one = builder.layer("1", Relu::new(), &[input]).unwrap();
    let two = builder.layer("two", Relu::new(), &[one]).unwrap();
    builder.reference("last", "Activation", two).unwrap();
    let network = builder.finish(two).unwrap();
    assert_eq!(["0", "-1", "1"].map(|number| network.find(number).unwrap()), [two, two, one]);
}

#[test]
fn mistakes_are_answered_in_words() {
    let network = residual();
    let [input, output] = [network.input(), network.output()];
    assert_eq!(
        network.find("haed").unwrap_err().to_string(),
        "There is no layer named “haed”. Known layers: stem, block."
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
    let seed = || Value::from(random([1, 5], 1));
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
    let twice = [(input, picture(1)), (input, picture(1))];
    assert!(matches!(network.forward(&twice, &[output]), Err(Error::FedTwice(name)) if name == "input"));
    // A convolution that a run has folded away has no value of its own there.
    let stem = network.find("stem.conv").unwrap();
    let trace = network.record(&[(input, picture(1))], &[output], &[input]).unwrap();
    let seed = random([1, 4, 7, 6], 1).into();
    let refused = network.backward(&trace, stem, seed, &[input], Rule::Gradient);
    assert!(matches!(refused, Err(Error::NotFetched(name)) if name == "stem.conv"));
}

#[test]
fn a_name_stands_for_one_layer() {
    let mut builder = Builder::new(vec![2, 3, 3]).unwrap();
    let input = builder.input();
    assert!(matches!(builder.layer("input", Relu::new(), &[input]), Err(Error::DuplicateName(_))));
    assert!(matches!(builder.layer("sum", Add, &[input]), Err(Error::Build { .. })));
}

/// Three channels, of which one gates the other two, with a constant added: `[2, 2, 3]` again.
fn gated() -> Network {
    let mut builder = Builder::new(vec![3, 2, 3]).unwrap();
    let x = builder.input();
    let [gate, rest] = builder.layers("split", Split::new(0, vec![1, 2]), &[x]).unwrap()[..] else { unreachable!() };
    let product = builder.layer("product", Mul, &[rest, gate]).unwrap();
    let constant = Constant::new(param(Tensor::from_floats([10., 20.], &Device::flex())), vec![2, 1, 1]);
    let constant = builder.layer("constant", constant, &[]).unwrap();
    let sum = builder.layer("sum", Add, &[product, constant]).unwrap();
    builder.finish(sum).unwrap()
}

#[test]
fn each_output_of_an_op_is_a_layer() {
    let network = gated();
    let x: Vec<f32> = (0..18).map(|value| value as f32).collect();
    let x = Value::from(Tensor::<1>::from_floats(x.as_slice(), &Device::flex())).reshape(&[1, 3, 2, 3]).unwrap();
    let expected: Vec<f32> = (0..12).map(|index| ((index + 6) * (index % 6) + 10 + index / 6 * 10) as f32).collect();
    assert_eq!(get(&network, ("input", x.clone()), "sum"), expected);
    assert_eq!(get(&network, ("input", x.clone()), "split:1"), (6..18).map(|value| value as f32).collect::<Vec<_>>());

    // One output may be fed while another is computed, and each has a gradient.
    let id = |name| network.find(name).unwrap();
    let zeros = Value::from(Tensor::<4>::zeros([1, 1, 2, 3], &Device::flex()));
    let feeds = [(id("input"), x), (id("split"), zeros)];
    let trace = network.record(&feeds, &[id("sum"), id("split:1")], &[id("input"), id("split:1")]).unwrap();
    assert_eq!(values(trace.get(id("sum")).unwrap().clone()), [[10f32; 6], [20.; 6]].concat());
    let seed = trace.get(id("split:1")).unwrap().clone();
    let back = network.backward(&trace, id("split:1"), seed, &[id("input")], Rule::Gradient).unwrap().remove(0);
    let expected: Vec<f32> = (0..18).map(|index| if index < 6 { 0. } else { index as f32 }).collect();
    assert_eq!(values(back), expected);
    let lines = network.summary();
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["input", "split", "split:1", "product", "constant", "sum"]);
}

#[test]
fn a_constant_is_the_same_for_every_example_and_no_cut() {
    let network = gated();
    let constant = network.find("constant").unwrap();
    let trace = network.forward(&[(network.input(), random([2, 3, 2, 3], 1).into())], &[constant]).unwrap();
    assert_eq!(values(trace.get(constant).unwrap().clone()), [10., 20., 10., 20.]);
    let alone = network.forward(&[], &[constant]).unwrap();
    assert_eq!(values(alone.get(constant).unwrap().clone()), [10., 20.]);
    assert_eq!(names(&network, &network.cuts()), ["input", "product", "sum"]);
    // It does not count as something that enters.
    assert_eq!(network.name(network.entry("sum").unwrap()).unwrap(), "product");
    assert_eq!(network.parameter_count(), 2);
}

#[test]
fn a_question_asked_again_has_its_plan() {
    let network = residual();
    let output = network.output();
    let plan = |batch, fetches: &[LayerId]| {
        network.record(&[(network.input(), picture(batch))], fetches, &[network.input()]).unwrap().plan().clone()
    };
    let first = plan(1, &[output]);
    assert!(Arc::ptr_eq(&first, &plan(3, &[output, output])), "whatever the batch");
    let block = network.find("block").unwrap();
    let other = plan(1, &[output, block]);
    assert!(!Arc::ptr_eq(&first, &other));
    assert!(Arc::ptr_eq(&other, &plan(1, &[block, output])), "whatever the order");
    // The plans that are kept are bounded; one that is used stays.
    for layer in network.cuts().into_iter().cycle().take(100).collect::<Vec<_>>().windows(3) {
        plan(1, layer);
        plan(1, &[output]);
    }
    assert!(Arc::ptr_eq(&first, &plan(1, &[output])));
}

#[test]
fn a_long_chain_is_built_and_planned_in_linear_time() {
    const LAYERS: usize = 50_000;
    let mut builder = Builder::new(vec![2]).unwrap();
    let mut x = builder.input();
    for index in 0..LAYERS {
        x = builder.layer(format!("group.{index}"), Relu::new(), &[x]).unwrap();
    }
    let network = builder.finish(x).unwrap();
    let start = Instant::now();
    assert_eq!(network.summary().len(), LAYERS + 1);
    let feeds = [(network.input(), random([1, 2], 1).into())];
    let trace = network.record(&feeds, &[network.output()], &[network.input()]).unwrap();
    assert_eq!(trace.plan().steps.len(), LAYERS);
    let seed = random([1, 2], 2).into();
    network.backward(&trace, network.output(), seed, &[network.input()], Rule::Gradient).unwrap();
    // Well under a second; a quadratic plan would visit 2.5 billion pairs.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_layer_says_how_its_values_lie() {
    let network = residual();
    let layout = |name| network.layout(network.find(name).unwrap()).unwrap();
    assert_eq!(["input", "block.add", "pool"].map(layout), [Layout::Spatial; 3]);
    assert_eq!(["flatten", "classifier"].map(layout), [Layout::Vector; 2]);

    let mut builder = Builder::new(vec![2, 3, 4]).unwrap();
    let input = builder.input();
    builder.set_layout(input, Layout::ChannelsLast).unwrap();
    let relu = builder.layer("relu", Relu::new(), &[input]).unwrap();
    assert_eq!(builder.layout(relu).unwrap(), Layout::ChannelsLast);
    let refused = builder.set_layout(relu, Layout::Vector).unwrap_err().to_string();
    assert_eq!(refused, "Layer “relu” cannot be built: its shape [2, 3, 4] does not fit the layout Vector.");

    // A class token, which is a constant, before six places, and cut off again.
    let mut builder = Builder::new(vec![6, 5]).unwrap();
    let places = builder.input();
    assert_eq!(builder.layout(places).unwrap(), Layout::Other);
    builder.set_layout(places, Layout::Tokens { grid: [2, 3], prefix: 0 }).unwrap();
    let class = builder.layer("class", Constant::new(param(random([5], 1)), vec![1, 5]), &[]).unwrap();
    let tokens = builder.layer("tokens", Concat::new(0), &[class, places]).unwrap();
    let sum = builder.layer("sum", Add, &[class, tokens]).unwrap();
    assert_eq!(builder.layout(sum).unwrap(), Layout::Tokens { grid: [2, 3], prefix: 1 });
    let parts = builder.layers("split", Split::new(0, vec![1, 6]), &[sum]).unwrap();
    assert_eq!(builder.layout(parts[0]).unwrap(), Layout::Other);
    assert_eq!(builder.layout(parts[1]).unwrap(), Layout::Tokens { grid: [2, 3], prefix: 0 });
}
