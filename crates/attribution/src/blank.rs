use std::fmt;

use burn::tensor::{Device, Tensor};

/// Below this a distance, a picture or an amount of noise counts as zero.
const NO_DISTANCE: f32 = 1e-6;

/// Below this the gradient of a score counts as zero: what is multiplied by it vanishes in single
/// precision.
const NO_SLOPE: f32 = 1e-30;

/// Why a map is blank: zero, or the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlankReason {
    /// The probability is 0 or 1 for all samples, so its gradient is zero.
    SaturatedScore,
    /// The picture equals what it is compared with.
    SameAsBaseline,
    /// The network's input is zero everywhere, and so is its product with a gradient.
    ZeroInput,
    /// The noise has a standard deviation of zero, so all samples are the same and do not vary.
    NoNoise,
    /// A single sample does not vary.
    OneSample,
}

impl BlankReason {
    /// All of them, by their stable ids.
    pub const ALL: [(&'static str, Self); 5] = [
        ("saturated-score", Self::SaturatedScore),
        ("same-as-baseline", Self::SameAsBaseline),
        ("zero-input", Self::ZeroInput),
        ("no-noise", Self::NoNoise),
        ("one-sample", Self::OneSample),
    ];

    /// The stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(_, reason)| *reason == self);
        found.map(|(id, _)| id).expect("every reason is in the list of all")
    }
}

/// A sentence for a reader: the cause, and what to do.
impl fmt::Display for BlankReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SaturatedScore => {
                "The map is blank because the probability of the class is 0 or 1 to the last digit, so small changes \
                 of the picture do not change it. Explain the logit instead."
            }
            Self::SameAsBaseline => {
                "The map is blank because the picture is the same as the one it is compared with. Choose another \
                 baseline or background."
            }
            Self::ZeroInput => {
                "The map is blank because the network’s input is zero everywhere: the picture has a single colour, \
                 which the preprocessing maps to zero. Choose another method."
            }
            Self::NoNoise => {
                "The map is blank because the noise is zero, so the samples do not vary. Choose a larger σ; for a \
                 picture of a single colour, choose a σ in levels."
            }
            Self::OneSample => "The map is blank because a single sample does not vary. Choose two samples or more.",
        })
    }
}

/// A small tensor that tells whether a map is blank for a reason.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// The reason, if the value of a target is at most the threshold.
    pub reason: BlankReason,
    /// One value a target, or one for all of them: `[targets]` or `[1]`.
    pub values: Tensor<1>,
    /// The largest value for which the reason holds.
    pub threshold: f32,
}

impl Diagnostic {
    /// Whether the map of the target at this index, if it is blank, is so for this reason. `values`
    /// is what was read from [`Diagnostic::values`].
    #[must_use]
    pub fn explains(&self, values: &[f32], target: usize) -> bool {
        let value = if values.len() == 1 { values.first() } else { values.get(target) };
        value.is_some_and(|value| *value <= self.threshold)
    }

    /// Of the magnitudes of the gradient of each target's score with respect to the logits.
    pub(crate) fn slope(slopes: &Tensor<4>) -> Self {
        let [targets, ..] = slopes.dims();
        let values = slopes.clone().reshape([targets]);
        Self { reason: BlankReason::SaturatedScore, values, threshold: NO_SLOPE }
    }

    /// Of a magnitude that makes all maps blank where it is zero.
    pub(crate) fn magnitude(reason: BlankReason, magnitude: &Tensor<4>) -> Self {
        Self { reason, values: magnitude.clone().reshape([1]), threshold: NO_DISTANCE }
    }

    /// A reason that holds for all targets.
    pub(crate) fn certain(reason: BlankReason, device: &Device) -> Self {
        Self { reason, values: Tensor::zeros([1], device), threshold: NO_DISTANCE }
    }
}

/// The largest magnitude in a tensor: `[1, 1, 1, 1]`.
pub(crate) fn largest(values: Tensor<4>) -> Tensor<4> {
    values.abs().max().reshape([1, 1, 1, 1])
}
