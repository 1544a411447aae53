//! Any segment of any network, forward and back: against its ops one after another, and against
//! Burn's autodiff.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use burn::tensor::{Device, Tensor};

use super::random_graph::{Dice, network};
use crate::ops::oracle::{assert_close, loss, random_value, tracked, values};
use crate::{Error, LayerId, Network, Rule, Value};

/// Tells which graph a failure belongs to.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the graph of seed {} failed", self.0);
        }
    }
}

/// Every layer's value, by running each op on its inputs in turn: no plan, no folding. `None` where
/// something that is needed is not fed.
fn evaluate(network: &Network, feeds: &HashMap<LayerId, Value>, batch: usize) -> Vec<Option<Value>> {
    let mut computed: Vec<Option<Value>> = vec![None; network.layers.len()];
    for (index, node) in network.nodes.iter().enumerate() {
        let inputs: Option<Vec<Value>> = node.inputs.iter().map(|input| computed[*input].clone()).collect();
        let outputs = match inputs {
            Some(inputs) if index > 0 => node.op.forward(inputs).unwrap().into_iter().map(Some).collect(),
            _ => vec![None; node.output_shapes.len()],
        };
        for (layer, output) in node.layers().zip(outputs) {
            let repeat = |value: Value| value.clone().expand(&[&[batch], value.shape().as_slice()].concat()).unwrap();
            computed[layer] = feeds.get(&network.layer_id(layer)).cloned().or(output.map(repeat));
        }
    }
    computed
}

/// Whether `of` is computed from `from` while the layers in `feeds` have values of their own.
fn depends(network: &Network, from: LayerId, of: LayerId, feeds: &HashMap<LayerId, Value>) -> bool {
    let mut reached = vec![false; network.layers.len()];
    for node in &network.nodes {
        let passes = node.inputs.iter().any(|input| reached[*input]);
        for layer in node.layers() {
            let id = network.layer_id(layer);
            reached[layer] = id == from || (passes && !feeds.contains_key(&id));
        }
    }
    reached[of.index]
}

/// Whether a rectifier is at a bend, where its slope is a matter of convention or of rounding.
fn at_a_bend(network: &Network, computed: &[Option<Value>]) -> bool {
    let rectifiers = network.nodes.iter().filter(|node| node.op.kind().starts_with("ReLU"));
    let mut entering = rectifiers.filter_map(|node| computed[node.inputs[0]].clone());
    entering.any(|value| values(value).iter().any(|value| value.abs() < 1e-4 || (value - 6.0).abs() < 1e-4))
}

/// Values for a random set of layers: those of the whole, or others. Adds the input where the set
/// does not separate.
fn feeds(
    dice: &mut Dice,
    network: &Network,
    layers: &[LayerId],
    whole: &[Option<Value>],
    fetches: &[LayerId],
) -> HashMap<LayerId, Value> {
    let mut feeds = HashMap::new();
    for layer in dice.several(3, layers) {
        let value = whole[layer.index].clone().unwrap();
        let other = random_value(&value.dims(), dice.seed());
        feeds.insert(layer, if dice.below(2) == 0 { value } else { other });
    }
    let list: Vec<(LayerId, Value)> = feeds.clone().into_iter().collect();
    match network.forward(&list, fetches) {
        Ok(_) => {}
        Err(Error::Unfed(name)) => {
            assert_eq!(name, "input");
            feeds.insert(network.input(), whole[0].clone().unwrap());
        }
        Err(error) => panic!("{error}"),
    }
    feeds
}

/// Whether every path from the input to the output passes a layer.
fn is_cut(network: &Network, layer: LayerId) -> bool {
    let (input, output) = (network.input(), network.output());
    let value = Value::from(Tensor::<1>::zeros([1], &Device::flex()));
    let passes = |feeds: &HashMap<LayerId, Value>| depends(network, input, output, feeds);
    passes(&HashMap::new()) && (layer == input || !passes(&HashMap::from([(layer, value)])))
}

/// Compares a gradient with autodiff's, unless a bend is too near.
fn check_backward(dice: &mut Dice, network: &Network, layers: &[LayerId], whole: &[Option<Value>]) -> Option<()> {
    let batch = whole[0].as_ref()?.batch();
    let of = dice.pick(layers);
    let feeds = feeds(dice, network, layers, whole, &[of]);
    let list: Vec<(LayerId, Value)> = feeds.clone().into_iter().collect();
    let computed = evaluate(network, &feeds, batch);
    if at_a_bend(network, &computed) {
        return None;
    }
    let seed = random_value(&computed[of.index].as_ref()?.dims(), dice.seed());
    let wrt = dice.several(3, layers);
    let trace = network.record(&list, &[of], &wrt).unwrap();
    let tracking = network.to_device(&Device::flex().autodiff());
    for layer in &wrt {
        let ours = network.backward(&trace, of, seed.clone(), &[*layer], Rule::Gradient);
        if !depends(network, *layer, of, &feeds) {
            assert!(matches!(ours, Err(Error::NoPath { .. })));
            continue;
        }
        let (leaf, value) = tracked(computed[layer.index].clone()?);
        let mut feeds = feeds.clone();
        feeds.insert(*layer, value);
        let reached = evaluate(&tracking, &feeds, batch)[of.index].clone()?;
        let expected = leaf.grad(&loss(reached, seed.clone()).backward()).unwrap();
        assert_close(&values(ours.unwrap().remove(0)), &values(expected), 1e-4);
    }
    // All at once is what each is alone.
    let reached: Vec<LayerId> = wrt.into_iter().filter(|layer| depends(network, *layer, of, &feeds)).collect();
    let together = network.backward(&trace, of, seed.clone(), &reached, Rule::Gradient).unwrap();
    for (layer, together) in reached.iter().zip(together) {
        let alone = network.backward(&trace, of, seed.clone(), &[*layer], Rule::Gradient).unwrap().remove(0);
        assert_close(&values(together), &values(alone), 1e-5);
    }
    Some(())
}

#[test]
fn random_graphs_agree_with_their_ops_and_with_autodiff() {
    const GRAPHS: u64 = 1500;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut several_outputs, mut gradients) = (0, 0);
    for seed in 0..GRAPHS {
        let _told = Seed(seed);
        let mut dice = Dice::new(seed);
        let (network, layers) = network(&mut dice);
        for node in &network.nodes {
            *kinds.entry(node.op.kind()).or_default() += 1;
            several_outputs += usize::from(node.output_shapes.len() > 1);
        }
        let cuts: Vec<LayerId> = layers.iter().copied().filter(|layer| is_cut(&network, *layer)).collect();
        assert_eq!(network.cuts(), cuts);
        let batch = 1 + dice.below(3);
        let input = random_value(&[&[batch], network.shape(network.input()).unwrap().as_slice()].concat(), dice.seed());
        let only_input = HashMap::from([(network.input(), input.clone())]);
        let whole = evaluate(&network, &only_input, batch);
        let trace = network.forward(&[(network.input(), input)], &layers).unwrap();
        for layer in &layers {
            let (ours, expected) = (trace.get(*layer).unwrap().clone(), whole[layer.index].clone().unwrap());
            assert_close(&values(ours), &values(expected), 1e-5);
        }
        for _ in 0..3 {
            let fetches = dice.several(3, &layers);
            let fetches = [fetches.as_slice(), &fetches[..1]].concat();
            let feeds = feeds(&mut dice, &network, &layers, &whole, &fetches);
            let expected = evaluate(&network, &feeds, batch);
            let list: Vec<(LayerId, Value)> = feeds.into_iter().collect();
            let trace = network.forward(&list, &fetches).unwrap();
            for layer in fetches {
                let expected = expected[layer.index].clone().unwrap();
                assert_close(&values(trace.get(layer).unwrap().clone()), &values(expected), 1e-4);
            }
        }
        gradients += (0..3).filter_map(|_| check_backward(&mut dice, &network, &layers, &whole)).count();
    }
    let known: BTreeSet<&str> = kinds.keys().copied().collect();
    let every = [
        "Add",
        "BatchNorm",
        "Concat",
        "Constant",
        "Conv2d",
        "Dense",
        "DepthwiseConv2d",
        "Flatten",
        "GlobalAveragePool",
        "Input",
        "MaxPool2d",
        "Mul",
        "ReLU",
        "ReLU6",
        "Softmax",
        "Split",
    ];
    assert_eq!(known, BTreeSet::from(every), "every op");
    assert!(kinds.values().all(|count| *count >= 50), "{kinds:?}");
    assert!(
        several_outputs >= 100 && gradients >= 2000,
        "{several_outputs} with several outputs, {gradients} gradients"
    );
}
