//! A map resized to the picture that it explains.

use crate::map::pixels;
use crate::{Error, Map};

/// Resizes a map with bilinear interpolation.
///
/// The convention is that of PyTorch's `interpolate(mode="bilinear", align_corners=False)` and of
/// OpenCV's `INTER_LINEAR`: pixels are areas, their centres are at half-integers, and the outermost
/// half pixel repeats the edge. The result is between the smallest and the largest value of the
/// map. A smaller size is allowed; there is no antialiasing.
///
/// A value that is not finite spreads to every pixel that it contributes to. Such maps have a
/// [`NoRange`](crate::NoRange) and are not drawn.
///
/// # Errors
///
/// [`Error::EmptySize`] for a side of zero, [`Error::TooLarge`] above
/// [`MAX_PIXELS`](crate::MAX_PIXELS).
pub fn upsample(map: &Map, width: usize, height: usize) -> Result<Map, Error> {
    let mut values = Vec::with_capacity(pixels(width, height)?);
    let columns = taps(map.width(), width);
    for row in taps(map.height(), height) {
        let upper = &map.values()[row.first * map.width()..][..map.width()];
        let lower = &map.values()[row.second * map.width()..][..map.width()];
        values.extend(columns.iter().map(|column| {
            let (left, right) = (column.first, column.second);
            row.mix(
                column.mix(upper[left].into(), upper[right].into()),
                column.mix(lower[left].into(), lower[right].into()),
            ) as f32
        }));
    }
    Map::new(values, width, height)
}

/// The two source positions, along one axis, that a target position mixes.
struct Tap {
    first: usize,
    second: usize,
    /// The weight of `second`, in 0..1.
    share: f64,
}

impl Tap {
    /// In f64, so that mixing equal values gives the same value after rounding to f32: a constant
    /// map stays constant.
    fn mix(&self, first: f64, second: f64) -> f64 {
        first * (1.0 - self.share) + second * self.share
    }
}

fn taps(source: usize, target: usize) -> Vec<Tap> {
    let last = source - 1;
    (0..target)
        .map(|i| {
            let centre = (i as f64 + 0.5) * source as f64 / target as f64;
            let position = (centre - 0.5).clamp(0.0, last as f64);
            let first = position as usize;
            Tap { first, second: (first + 1).min(last), share: position - first as f64 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f32], width: usize, height: usize) -> Map {
        Map::new(values.to_vec(), width, height).unwrap()
    }

    #[test]
    fn doubling_places_quarters_and_repeats_the_edges() {
        // Target centres in source pixels: -¼, ¼, ¾, 1¼; the outer two are clamped.
        let wide = upsample(&map(&[0.0, 1.0], 2, 1), 4, 1).unwrap();
        assert_eq!(wide.values(), [0.0, 0.25, 0.75, 1.0]);
        let tall = upsample(&map(&[0.0, 1.0], 1, 2), 1, 4).unwrap();
        assert_eq!(tall.values(), [0.0, 0.25, 0.75, 1.0]);
    }

    #[test]
    fn width_and_height_are_not_swapped() {
        // 3 wide, 2 high, to 6 wide, 3 high. Columns lie at 0, ¼, ¾, 1¼, 1¾, 2
        // and rows at 0, ½, 1: the middle row is the mean of the two.
        let small = map(&[0.0, 4.0, 8.0, 20.0, 24.0, 28.0], 3, 2);
        let large = upsample(&small, 6, 3).unwrap();
        assert_eq!((large.width(), large.height()), (6, 3));
        #[rustfmt::skip]
        let expected = [
             0.0,  1.0,  3.0,  5.0,  7.0,  8.0,
            10.0, 11.0, 13.0, 15.0, 17.0, 18.0,
            20.0, 21.0, 23.0, 25.0, 27.0, 28.0,
        ];
        assert_eq!(large.values(), expected);
    }

    #[test]
    fn both_axes_mix_at_once() {
        // The inner four mix all four corners with shares of ¼ and ¾. The first of them:
        // ¾·(¾·0 + ¼·1) + ¼·(¾·2 + ¼·7) = 0.1875 + 0.8125 = 1.
        let large = upsample(&map(&[0.0, 1.0, 2.0, 7.0], 2, 2), 4, 4).unwrap();
        #[rustfmt::skip]
        let expected = [
            0.0, 0.25, 0.75, 1.0,
            0.5, 1.0,  2.0,  2.5,
            1.5, 2.5,  4.5,  5.5,
            2.0, 3.25, 5.75, 7.0,
        ];
        assert_eq!(large.values(), expected);
    }

    #[test]
    fn sizes_that_do_not_divide_are_placed_by_their_centres() {
        // 2 to 3: centres at -⅙, ½, 1⅙. 5 to 2: centres at ¾ and 3¼.
        let up = upsample(&map(&[2.0, 4.0], 2, 1), 3, 1).unwrap();
        assert_eq!(up.values(), [2.0, 3.0, 4.0]);
        let down = upsample(&map(&[0.0, 1.0, 2.0, 3.0, 4.0], 5, 1), 2, 1).unwrap();
        assert_eq!(down.values(), [0.75, 3.25]);
    }

    #[test]
    fn the_same_size_gives_the_same_values() {
        let original = map(&[0.1, -0.2, 0.3, 1e30, -1e-30, 7.0], 2, 3);
        assert_eq!(upsample(&original, 2, 3).unwrap(), original);
    }

    #[test]
    fn constant_and_bounds_survive_at_any_size() {
        for (width, height) in [(1, 1), (1, 5), (5, 1), (3, 7), (7, 7)] {
            let values: Vec<f32> = (0..width * height).map(|i| (i * 37 % 11) as f32).collect();
            let uneven = map(&values, width, height);
            let (low, high) = uneven.extremes().unwrap();
            let constant = map(&vec![0.1; width * height], width, height);
            for (to_width, to_height) in [(1, 1), (1, 9), (9, 1), (13, 2), (31, 17)] {
                let large = upsample(&uneven, to_width, to_height).unwrap();
                assert!(large.values().iter().all(|v| (low..=high).contains(v)));
                let large = upsample(&constant, to_width, to_height).unwrap();
                assert!(large.values().iter().all(|&v| v == 0.1));
            }
        }
    }

    #[test]
    fn extreme_values_do_not_overflow() {
        let large = upsample(&map(&[f32::MIN, f32::MAX], 2, 1), 3, 1).unwrap();
        assert_eq!(large.values(), [f32::MIN, 0.0, f32::MAX]);
    }

    #[test]
    fn refuses_sizes_that_cannot_be() {
        let one = map(&[1.0], 1, 1);
        assert_eq!(
            upsample(&one, 0, 5).unwrap_err().to_string(),
            "Width and height must be at least 1, but the size given is 0 by 5. \
             Give the size in pixels."
        );
        assert_eq!(
            upsample(&one, 70_000, 1_000).unwrap_err().to_string(),
            "A picture may have at most 67108864 pixels, but the size given is 70000 by 1000. \
             Draw it smaller and let the display enlarge it."
        );
    }
}
