use std::fmt;

use negah_attribution::{BlankReason, MethodInfo, Parameters, Score};
use negah_render::{NoRange, RenderedExplanation, Style};

/// The answer to a request: values, and the maps that are drawn from them.
#[derive(Debug)]
pub struct Explanation {
    /// The method that computed it.
    pub info: &'static MethodInfo,
    /// The layer the method attributes to; `None` for the picture.
    pub layer: Option<String>,
    /// Which score of each class is explained.
    pub score: Score,
    /// Every parameter of the method.
    pub parameters: Parameters,
    /// How many samples a step computed at most.
    pub batch: usize,
    /// The indices of the classes.
    pub classes: Vec<usize>,
    /// Signed, unscaled values, of the shape `shape`.
    pub values: Vec<f32>,
    /// `[targets, channels, height, width]`; a grid of channels has one target.
    pub shape: [usize; 4],
    /// The variance of each value where the method draws samples, of the same shape.
    pub variance: Option<Vec<f32>>,
    /// Numbers about each target's map.
    pub measures: Vec<MeasureValues>,
    /// The rank value of each channel of a grid, where the channels are ranked.
    pub ranking: Option<Vec<f32>>,
    /// The channels of a grid in the order of their ranking.
    pub order: Option<Vec<usize>>,
    /// The maps, joined over channels and coloured.
    pub drawing: RenderedExplanation,
    /// For each picture of the drawing, why it is blank, if it is.
    pub blank: Vec<Option<Blank>>,
    /// How they are drawn.
    pub style: Style,
}

/// Why a map is blank, as a sentence for the reader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Blank {
    /// The method knows the cause.
    Cause(BlankReason),
    /// Only the values are known.
    Values(NoRange),
}

impl fmt::Display for Blank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause(reason) => reason.fmt(f),
            Self::Values(note) => note.fmt(f),
        }
    }
}

/// A number about a map, for each of its targets.
#[derive(Debug, Clone)]
pub struct MeasureValues {
    /// The stable id, such as `convergence-delta`.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
    /// Its meaning, in one line.
    pub summary: &'static str,
    /// One value a target.
    pub values: Vec<f32>,
}

impl Explanation {
    /// Smallest and largest finite value of a target's map, or of the grid; `None` where none is.
    #[must_use]
    pub fn extremes(&self, target: usize) -> Option<(f32, f32)> {
        let values = self.drawing.maps.get(target).map_or(self.values.as_slice(), |map| map.values());
        extremes(values.iter().copied())
    }

    /// Smallest and largest finite value of all maps, or of the grid.
    #[must_use]
    pub fn all_extremes(&self) -> Option<(f32, f32)> {
        if self.drawing.maps.is_empty() {
            return extremes(self.values.iter().copied());
        }
        extremes(self.drawing.maps.iter().flat_map(|map| map.values().iter().copied()))
    }
}

pub(crate) fn extremes(values: impl Iterator<Item = f32>) -> Option<(f32, f32)> {
    values.filter(|value| value.is_finite()).fold(None, |found, value| match found {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}
