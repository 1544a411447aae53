//! The numbers of one explanation, row by row.

use crate::Error;

/// The most pixels a map or a picture may have: 64 megapixels, 256 MiB of RGBA.
///
/// A bound is needed because larger products overflow on wasm32.
pub const MAX_PIXELS: usize = 1 << 26;

/// A grid of numbers: signed, unscaled, at the method's own resolution.
///
/// NaN and infinities are allowed. [`NoRange`](crate::NoRange) reports them.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    values: Vec<f32>,
    width: usize,
    height: usize,
}

impl Map {
    /// A map from its values in row-major order: `values[y * width + x]`.
    ///
    /// # Errors
    ///
    /// [`Error::EmptySize`] for a side of zero, [`Error::TooLarge`] above
    /// [`MAX_PIXELS`], [`Error::WrongLength`] if there are not exactly
    /// `width * height` values.
    pub fn new(values: Vec<f32>, width: usize, height: usize) -> Result<Self, Error> {
        if values.len() != pixels(width, height)? {
            return Err(Error::WrongLength { values: values.len(), width, height });
        }
        Ok(Self { values, width, height })
    }

    /// The values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values, row by row, without a copy.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The smallest and the largest finite value, or `None` if no value is finite.
    pub fn extremes(&self) -> Option<(f32, f32)> {
        let finite = self.values.iter().copied().filter(|value| value.is_finite());
        finite.fold(None, |found, value| match found {
            None => Some((value, value)),
            Some((low, high)) => Some((low.min(value), high.max(value))),
        })
    }
}

/// `width * height`, checked against zero and [`MAX_PIXELS`].
pub(crate) fn pixels(width: usize, height: usize) -> Result<usize, Error> {
    match width.checked_mul(height) {
        Some(0) => Err(Error::EmptySize { width, height }),
        Some(count) if count <= MAX_PIXELS => Ok(count),
        _ => Err(Error::TooLarge { width, height }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_width_and_height_apart() {
        let map = Map::new(vec![0.0; 6], 3, 2).unwrap();
        assert_eq!((map.width(), map.height()), (3, 2));
        assert_eq!(map.into_values().len(), 6);
    }

    #[test]
    fn refuses_the_wrong_number_of_values() {
        let error = Map::new(vec![0.0; 5], 3, 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A map of 3 by 2 needs width times height values, but 5 came. \
             Pass the values row by row with the map's own width and height."
        );
    }

    #[test]
    fn refuses_a_side_of_zero() {
        for (width, height) in [(0, 0), (0, 4), (4, 0), (0, usize::MAX)] {
            let error = Map::new(Vec::new(), width, height).unwrap_err();
            assert_eq!(error, Error::EmptySize { width, height });
        }
    }

    #[test]
    fn refuses_a_size_whose_product_overflows() {
        // 2^(n-1) · 2 wraps to 0, which an unchecked product would take for no values.
        let (width, height) = (1 << (usize::BITS - 1), 2);
        let error = Map::new(Vec::new(), width, height).unwrap_err();
        assert_eq!(error, Error::TooLarge { width, height });
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(pixels(1 << 13, 1 << 13), Ok(MAX_PIXELS));
        assert!(pixels((1 << 13) + 1, 1 << 13).is_err());
    }

    #[test]
    fn extremes_pass_over_what_is_not_finite() {
        let map = |values: Vec<f32>| {
            let width = values.len();
            Map::new(values, width, 1).unwrap()
        };
        assert_eq!(map(vec![2.0, -3.0, 1.0]).extremes(), Some((-3.0, 2.0)));
        assert_eq!(map(vec![f32::NAN, -1.0, f32::INFINITY, 4.0]).extremes(), Some((-1.0, 4.0)));
        assert_eq!(map(vec![f32::NAN, f32::NEG_INFINITY]).extremes(), None);
    }
}
