//! From the values of a map to 0..=1, and the sentences for maps without a range.

use std::fmt;

use crate::Map;

/// Values that differ by less than this, relative to the largest magnitude, count as equal.
///
/// It is a few units in the last place of an `f32`. Spread over a whole colour map, such
/// differences would show rounding errors as a pattern.
const ROUNDING: f64 = 1e-6;

/// Why a map has no content, as a sentence for the reader.
///
/// It depends on the values alone, not on the colour map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoRange {
    /// Every value is zero. The usual cause is Grad-CAM's ReLU, if nothing at the layer is evidence
    /// for the class.
    Zero,
    /// Every value is the same, up to rounding.
    Constant(
        /// The value.
        f32,
    ),
    /// Some values are NaN or infinite.
    NotFinite {
        /// The number of values that are NaN or infinite.
        count: usize,
        /// The number of values of the map.
        total: usize,
    },
}

impl NoRange {
    /// The note of a map; `None` if it can be drawn.
    pub fn of(map: &Map) -> Option<Self> {
        let total = map.values().len();
        let count = map.values().iter().filter(|v| !v.is_finite()).count();
        if count > 0 {
            return Some(Self::NotFinite { count, total });
        }
        let (low, high) = map.extremes().expect("a map holds at least one value, and all are finite here");
        let magnitude = f64::from(low.abs().max(high.abs()));
        if magnitude == 0.0 {
            Some(Self::Zero)
        } else if f64::from(high) - f64::from(low) <= ROUNDING * magnitude {
            Some(Self::Constant(low))
        } else {
            None
        }
    }
}

impl fmt::Display for NoRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Zero => f.write_str(
                "The map is zero everywhere: the method found nothing in favour of this class, \
                 so there is nothing to draw. A method that keeps only what is in favour, as \
                 Grad-CAM does, leaves out what speaks against the class. \
                 Try another class or another layer.",
            ),
            Self::Constant(value) => {
                f.write_str("The map is the same everywhere (")?;
                // Three decimals would show 0.00001 as zero.
                if (1e-3..1e6).contains(&value.abs()) {
                    write!(f, "{value:.3}")?;
                } else {
                    write!(f, "{value:.1e}")?;
                }
                f.write_str(
                    "): no part of the picture counts for more than another, \
                     so there is nothing to draw. Try another class or another layer.",
                )
            }
            Self::NotFinite { count, total } => write!(
                f,
                "{count} of the map's {total} values are not finite numbers (NaN or infinity), \
                 so the map is not drawn: the computation overflowed or divided by zero. \
                 Try another layer, or compute on another device."
            ),
        }
    }
}

/// The values that a colour map covers, from its first colour to its last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    low: f32,
    high: f32,
}

impl Range {
    /// The range of a map: from the smallest to the largest value. For a `signed` colour map it is
    /// ± the largest magnitude, so that zero is in the middle and equal magnitudes have equally
    /// strong colours.
    ///
    /// # Errors
    ///
    /// The [`NoRange`] of a map without content.
    pub fn of(map: &Map, signed: bool) -> Result<Self, NoRange> {
        Self::shared(std::slice::from_ref(map), signed, 100.0)
    }

    /// One range for several maps, so that a colour means the same in all of them.
    ///
    /// The colours end at `percentile`, in 0..=100, of the values (of their magnitudes if
    /// `signed`), so that a few large values do not make all others pale. SHAP takes 99.9. The
    /// percentile is interpolated linearly, as NumPy's. Maps without content are ignored.
    ///
    /// # Errors
    ///
    /// The [`NoRange`] of the first map if no map has content; [`NoRange::Zero`] if there is no
    /// map.
    pub fn shared(maps: &[Map], signed: bool, percentile: f64) -> Result<Self, NoRange> {
        let shown: Vec<&Map> = maps.iter().filter(|map| NoRange::of(map).is_none()).collect();
        if shown.is_empty() {
            return Err(maps.first().and_then(NoRange::of).unwrap_or(NoRange::Zero));
        }
        let values = shown.iter().flat_map(|map| map.values().iter().copied());
        let mut sorted: Vec<f32> = if signed { values.map(f32::abs).collect() } else { values.collect() };
        sorted.sort_by(f32::total_cmp);
        let (low, largest) = (sorted[0], sorted[sorted.len() - 1]);
        let position = (sorted.len() - 1) as f64 * percentile.clamp(0.0, 100.0) / 100.0;
        let (below, share) = (position as usize, position.fract());
        let above = (below + 1).min(sorted.len() - 1);
        let high = (f64::from(sorted[below]) * (1.0 - share) + f64::from(sorted[above]) * share) as f32;
        Ok(if signed {
            // If all but a few values are zero, the percentile is zero and would hide them.
            let high = if high > 0.0 { high } else { largest };
            Self { low: -high, high }
        } else {
            Self { low, high: if high > low { high } else { largest } }
        })
    }

    /// The value of the first colour.
    pub fn low(&self) -> f32 {
        self.low
    }

    /// The value of the last colour.
    pub fn high(&self) -> f32 {
        self.high
    }

    /// The position of a value in the range, from 0 at the low end to 1 at the high end.
    ///
    /// Values outside are clamped to 0..=1. NaN stays NaN.
    pub fn normalise(&self, value: f32) -> f32 {
        // The difference of two f32 cannot overflow in f64.
        let (low, high) = (f64::from(self.low), f64::from(self.high));
        ((f64::from(value) - low) / (high - low)).clamp(0.0, 1.0) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[f32]) -> Map {
        Map::new(values.to_vec(), values.len(), 1).unwrap()
    }

    fn normalised(values: &[f32], signed: bool) -> Vec<f32> {
        let range = Range::of(&row(values), signed).unwrap();
        values.iter().map(|&v| range.normalise(v)).collect()
    }

    #[test]
    fn sequential_goes_from_smallest_to_largest() {
        assert_eq!(normalised(&[2.0, 4.0, 3.0], false), [0.0, 1.0, 0.5]);
        assert_eq!(normalised(&[-1.0, 3.0, 0.0], false), [0.0, 1.0, 0.25]);
    }

    #[test]
    fn signed_keeps_zero_in_the_middle() {
        // Largest magnitude 4: (v + 4) / 8.
        assert_eq!(normalised(&[-4.0, -2.0, 0.0, 1.0, 2.0], true), [0.0, 0.25, 0.5, 0.625, 0.75]);
        // All positive: the negative half stays unused.
        assert_eq!(normalised(&[1.0, 2.0], true), [0.75, 1.0]);
    }

    #[test]
    fn normalise_is_monotone_and_stays_within_bounds() {
        for (low, high) in [(-1.0, 1.0), (0.0, 1e-30), (-7.5, -7.25), (f32::MIN, f32::MAX)] {
            for signed in [false, true] {
                let range = Range::of(&row(&[low, high]), signed).unwrap();
                let steps: Vec<f32> = (-10..=110)
                    .map(|i| low + (high / 100.0 - low / 100.0) * i as f32)
                    .map(|v| range.normalise(v))
                    .collect();
                assert!(steps.iter().all(|t| (0.0..=1.0).contains(t)));
                assert!(steps.is_sorted(), "{low}..{high}: {steps:?}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_can_be_read() {
        let range = Range::of(&row(&[-1.0, 3.0]), false).unwrap();
        assert_eq!((range.low(), range.high()), (-1.0, 3.0));
        let range = Range::of(&row(&[-1.0, 3.0]), true).unwrap();
        assert_eq!((range.low(), range.high()), (-3.0, 3.0));
    }

    #[test]
    fn maps_shown_together_share_a_range() {
        let maps = [row(&[1.0, -2.0]), row(&[0.0, 0.0]), row(&[0.5, 7.0])];
        assert_eq!(Range::shared(&maps, false, 100.0).unwrap(), Range { low: -2.0, high: 7.0 });
        assert_eq!(Range::shared(&maps, true, 100.0).unwrap(), Range { low: -7.0, high: 7.0 });
        assert_eq!(Range::shared(&maps[1..2], true, 100.0), Err(NoRange::Zero));
    }

    #[test]
    fn a_percentile_is_numpys() {
        // numpy.percentile(numpy.abs([-4, 1, 2, 3]), 90) is 3.7: between the third and the fourth
        // of 1, 2, 3, 4.
        let range = Range::shared(&[row(&[-4.0, 1.0, 2.0, 3.0])], true, 90.0).unwrap();
        assert!((range.high() - 3.7).abs() < 1e-6 && (range.low() + 3.7).abs() < 1e-6);
        let range = Range::shared(&[row(&[-4.0, 1.0, 2.0, 3.0])], false, 50.0).unwrap();
        assert_eq!((range.low(), range.high()), (-4.0, 1.5));
        // Nine zeros and a one: the percentile is zero, and would hide the one.
        let mut sparse = vec![0.0; 9];
        sparse.push(1.0);
        assert_eq!(Range::shared(&[row(&sparse)], true, 50.0).unwrap().high(), 1.0);
    }

    #[test]
    fn a_map_of_zeros_says_that_nothing_was_found() {
        assert_eq!(NoRange::of(&row(&[0.0, -0.0, 0.0])), Some(NoRange::Zero));
        assert!(
            NoRange::Zero.to_string().starts_with("The map is zero everywhere: the method found nothing in favour")
        );
    }

    #[test]
    fn a_constant_map_says_so_with_its_value() {
        let sentence = |value: f32| NoRange::of(&row(&[value; 4])).unwrap().to_string();
        let start = |value| sentence(value).split(':').next().unwrap().to_owned();
        assert_eq!(start(0.3), "The map is the same everywhere (0.300)");
        assert_eq!(start(-2.0), "The map is the same everywhere (-2.000)");
        assert_eq!(start(1e-5), "The map is the same everywhere (1.0e-5)");
        assert_eq!(start(2.5e8), "The map is the same everywhere (2.5e8)");
        assert_eq!(NoRange::of(&row(&[7.0])), Some(NoRange::Constant(7.0)));
    }

    #[test]
    fn rounding_does_not_make_a_pattern_but_small_values_do() {
        let next = 0.3_f32.next_up();
        assert_eq!(NoRange::of(&row(&[0.3, next])), Some(NoRange::Constant(0.3)));
        assert_eq!(NoRange::of(&row(&[1e-20, 2e-20])), None);
        assert_eq!(NoRange::of(&row(&[1.0, 1.00001])), None);
    }

    #[test]
    fn what_is_not_finite_is_counted() {
        let map = row(&[1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0]);
        let note = Range::of(&map, false).unwrap_err();
        assert_eq!(note, NoRange::NotFinite { count: 3, total: 5 });
        assert!(note.to_string().starts_with("3 of the map's 5 values are not finite numbers"));
        assert_eq!(Range::of(&map, true), Err(note));
    }
}
