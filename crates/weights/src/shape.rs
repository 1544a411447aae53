use crate::error::{Result, WeightsError};

/// The number of values of a tensor of this shape, as far as it can be counted.
pub(crate) fn count(shape: &[usize]) -> Result<usize> {
    product(shape.iter().copied()).ok_or_else(|| WeightsError::damaged("a tensor does not fit into memory"))
}

/// The product of numbers, unless it is larger than memory can be. On wasm32 that is 4 GiB.
pub(crate) fn product(numbers: impl IntoIterator<Item = usize>) -> Option<usize> {
    numbers.into_iter().try_fold(1usize, usize::checked_mul)
}

/// So many zeros, if there is memory for them.
pub(crate) fn zeros(count: usize) -> Result<Vec<f32>> {
    let mut values = Vec::new();
    values
        .try_reserve_exact(count)
        .map_err(|_| WeightsError::unsupported("a tensor that is larger than the memory of this device"))?;
    values.resize(count, 0.0);
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_beyond_memory_are_errors() {
        assert_eq!(count(&[]).unwrap(), 1);
        assert_eq!(count(&[2, 0, 3]).unwrap(), 0);
        assert!(matches!(count(&[usize::MAX, 2]), Err(WeightsError::Damaged(_))));
        assert!(matches!(zeros(usize::MAX / 2), Err(WeightsError::Unsupported(_))));
    }
}
