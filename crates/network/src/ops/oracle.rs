//! Burn's automatic differentiation, as the oracle of every op's own backward step.

use burn::tensor::{Device, Tensor, TensorData};

use crate::{Backward, Op, Param, Rule, Shape, Value};

/// Seeded values in −2..2 (so that rectifiers see both signs), on the CPU.
pub(crate) fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    Tensor::from_data(TensorData::new(random_values(shape.iter().product(), seed), shape), &Device::flex())
}

/// As [`random`], of a shape whose rank is not known.
pub(crate) fn random_value(dims: &[usize], seed: u64) -> Value {
    let flat = random([dims.iter().product()], seed);
    Value::from(flat).reshape(dims).unwrap()
}

fn random_values(count: usize, seed: u64) -> Vec<f32> {
    // A small generator of our own (SplitMix64) keeps these tests independent of one another's
    // order.
    let mut state = seed;
    let value = |_| (split_mix(&mut state) >> 40) as f32 / (1u64 << 24) as f32 * 4.0 - 2.0;
    (0..count).map(value).collect()
}

/// The next number of SplitMix64.
pub(crate) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(crate) fn param<const D: usize>(tensor: Tensor<D>) -> Param<D> {
    Param { tensor, tensor_name: String::new() }
}

/// The values in memory order, whatever the rank.
pub(crate) fn values(value: impl Into<Value>) -> Vec<f32> {
    value.into().flat().unwrap().into_data().try_to_vec().unwrap()
}

/// Values that automatic differentiation follows, and the leaf that holds their gradient.
pub(crate) fn tracked(value: Value) -> (Tensor<1>, Value) {
    let dims = value.dims();
    let leaf = value.flat().unwrap().autodiff().require_grad();
    let tracked = Value::from(leaf.clone()).reshape(&dims).unwrap();
    (leaf, tracked)
}

/// Σ seed·value, which automatic differentiation can start from.
pub(crate) fn loss(value: Value, seed: Value) -> Tensor<1> {
    (value.flat().unwrap() * seed.flat().unwrap().autodiff()).sum()
}

/// Holds an op of one input and one output against `reference` of a random input of `shape` (batch
/// included): the output, and what a random gradient becomes in the backward step.
pub(crate) fn check<const D: usize, const E: usize>(
    op: &dyn Op,
    shape: [usize; D],
    reference: impl Fn(Tensor<D>) -> Tensor<E>,
    tolerance: f32,
) {
    let reference = |inputs: Vec<Value>| {
        let [input] = <[Value; 1]>::try_from(inputs).unwrap();
        vec![reference(input.tensor().unwrap()).into()]
    };
    check_all(op, &[&shape], reference, tolerance);
}

/// As [`check`], for an op of any number of inputs and outputs, with inputs of these shapes (batch
/// included).
pub(crate) fn check_all(op: &dyn Op, dims: &[&[usize]], reference: impl Fn(Vec<Value>) -> Vec<Value>, tolerance: f32) {
    let inputs: Vec<Value> = (7..).zip(dims).map(|(seed, dims)| random_value(dims, seed)).collect();
    let shapes: Vec<Shape> = dims.iter().map(|dims| dims[1..].to_vec()).collect();
    let announced = op.output_shapes(&shapes).unwrap();

    let outputs = op.forward(inputs.clone()).unwrap();
    let found: Vec<Shape> = outputs.iter().map(Value::shape).collect();
    assert_eq!(found, announced, "the shapes announced");
    let run = || {
        let (leaves, tracked): (Vec<_>, Vec<_>) = inputs.iter().cloned().map(tracked).unzip();
        (leaves, reference(tracked))
    };
    let (_, expected) = run();
    assert_eq!(outputs.len(), expected.len(), "as many outputs");
    for (output, expected) in outputs.iter().zip(expected) {
        assert_close(&values(output.clone()), &inner(expected), tolerance);
    }

    // A gradient for every output, and for each output alone.
    let seeds: Vec<Value> = (11..).zip(&outputs).map(|(seed, output)| random_value(&output.dims(), seed)).collect();
    let alone = (0..seeds.len()).map(|only| (0..seeds.len()).map(|index| index == only).collect::<Vec<bool>>());
    for given in [vec![true; seeds.len()]].into_iter().chain(alone) {
        let (leaves, expected) = run();
        let losses = (0..seeds.len()).filter(|index| given[*index]);
        let losses = losses.map(|index| loss(expected[index].clone(), seeds[index].clone()));
        let gradients = losses.reduce(|sum, loss| sum + loss).unwrap().backward();
        let context = Backward {
            inputs: &shapes,
            outputs: &announced,
            wanted: &vec![true; shapes.len()],
            input_values: if op.saves_inputs() { &inputs } else { &[] },
            output_values: if op.saves_outputs() { &outputs } else { &[] },
            rule: Rule::Gradient,
        };
        let arrive = seeds.iter().zip(&given).map(|(seed, given)| given.then(|| seed.clone())).collect();
        let back = op.backward(arrive, &context).unwrap();
        assert_eq!(back.len(), shapes.len(), "one gradient an input");
        for ((leaf, ours), dims) in leaves.iter().zip(back).zip(dims) {
            let ours = ours.unwrap();
            assert_eq!(ours.dims(), *dims, "a gradient has its input's shape");
            assert_close(&values(ours), &values(leaf.grad(&gradients).unwrap()), tolerance);
        }
    }
}

/// The values of a tensor that automatic differentiation follows.
fn inner(value: Value) -> Vec<f32> {
    values(value.flat().unwrap().inner())
}

/// Relative to the largest magnitude expected, so that a value near zero does not decide.
pub(crate) fn assert_close(ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    let scale = theirs.iter().fold(0f32, |max, value| max.max(value.abs())).max(f32::MIN_POSITIVE);
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * scale,
            "value {index}: {a} here, {b} expected (tolerance {tolerance} of {scale})"
        );
    }
}
