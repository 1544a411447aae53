//! NumPy's broadcasting, example by example: shapes are aligned at their last axis, and a size of
//! 1, or an axis that is not there, is repeated. The batch stays in front.

use crate::{Result, Shape, Value};

/// The shape that all the inputs are repeated to.
pub(super) fn shape(inputs: &[Shape]) -> std::result::Result<Shape, String> {
    let rank = inputs.iter().map(Vec::len).max().unwrap_or(0);
    let mut shape = vec![1; rank];
    for input in inputs {
        for (size, input) in shape.iter_mut().rev().zip(input.iter().rev()) {
            match (*size, *input) {
                (size, input) if size == input || input == 1 => {}
                (1, input) => *size = input,
                _ => return Err(format!("its inputs {inputs:?} cannot be repeated to one shape")),
            }
        }
    }
    Ok(shape)
}

/// A value repeated to a shape.
pub(super) fn stretch(value: Value, shape: &Shape) -> Result<Value> {
    let batch = value.batch();
    let aligned = aligned(batch, &value.shape(), shape.len());
    value.reshape(&aligned)?.expand(&[&[batch], shape.as_slice()].concat())
}

/// The gradient of a value that was repeated: summed to the value's own shape.
pub(super) fn shrink(gradient: Value, shape: &Shape) -> Result<Value> {
    let (batch, rank) = (gradient.batch(), gradient.shape().len());
    gradient.sum_to(&aligned(batch, shape, rank))?.reshape(&[&[batch], shape.as_slice()].concat())
}

/// The dimensions with as many axes of size 1 behind the batch as the rank asks for.
fn aligned(batch: usize, shape: &[usize], rank: usize) -> Vec<usize> {
    let missing = rank.saturating_sub(shape.len());
    [&[batch], vec![1; missing].as_slice(), shape].concat()
}
