//! Burn's automatic differentiation, as the oracle of every op's own backward step.

use burn::tensor::{Device, Tensor, TensorData};

use crate::{Activation, Backward, Op, Param, Rule};

/// Seeded values in −2..2 (so that rectifiers see both signs), on the CPU.
pub(crate) fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    // A small generator of our own (SplitMix64) keeps these tests independent of one another's order.
    let mut state = seed;
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32 * 4.0 - 2.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

pub(crate) fn param<const D: usize>(tensor: Tensor<D>) -> Param<D> {
    Param { tensor, source: String::new() }
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

pub(crate) fn activation_values(activation: Activation) -> Vec<f32> {
    match activation {
        Activation::Rank2(tensor) => values(tensor),
        Activation::Rank4(tensor) => values(tensor),
    }
}

/// Holds `op`, given `copies` of one random input of `shape` (batch included), against `reference` of
/// that input: the output, and what a random gradient becomes on its way back, summed over the copies.
pub(crate) fn check<const D: usize, const E: usize>(
    op: &dyn Op,
    shape: [usize; D],
    copies: usize,
    reference: impl Fn(Tensor<D>) -> Tensor<E>,
    tolerance: f32,
) where
    Activation: From<Tensor<D>> + From<Tensor<E>>,
{
    let x = random(shape, 7);
    let shapes = vec![shape[1..].to_vec(); copies];

    let tracked = x.clone().autodiff().require_grad();
    let expected = reference(tracked.clone());
    let seed = random(expected.dims(), 11);
    let loss = (expected.clone() * seed.clone().autodiff()).sum();
    let gradients = loss.backward();
    let expected_gradient = values(tracked.grad(&gradients).unwrap());

    let inputs: Vec<Activation> = vec![x.into(); copies];
    let output = op.forward(inputs.clone());
    assert_eq!(output.dims()[1..], op.output_shape(&shapes).unwrap(), "the shape announced");
    assert_close(&activation_values(output.clone()), &values(expected.inner()), tolerance);

    let context = Backward { inputs: &shapes, output: Some(&output), values: &inputs, rule: Rule::Gradient };
    let back = op.backward(seed.into(), &context);
    assert_eq!(back.len(), copies, "one gradient an input");
    assert!(back.iter().all(|gradient| gradient.dims() == shape), "a gradient has its input's shape");
    let ours = activation_values(back.into_iter().reduce(Activation::add).unwrap());
    assert_close(&ours, &expected_gradient, tolerance);
}

/// Relative to the largest magnitude expected, so that a value near zero does not decide.
pub(crate) fn assert_close(ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "as many values");
    let scale = theirs.iter().fold(0f32, |max, value| max.max(value.abs())).max(f32::MIN_POSITIVE);
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * scale,
            "value {index}: {a} here, {b} by autodiff (tolerance {tolerance} of {scale})"
        );
    }
}
