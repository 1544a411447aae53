use burn::tensor::Tensor;

use crate::Diagnostic;

/// A number about a map, for each of its targets.
#[derive(Debug, Clone)]
pub struct Measure {
    /// The stable id, such as `convergence-delta`.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
    /// What it says, in one line.
    pub summary: &'static str,
    /// One value a target: `[targets]`.
    pub values: Tensor<1>,
}

/// An explanation: signed, unscaled, on the device, at the method's own resolution.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// `[targets, channels, height, width]`. An axis that the method does not tell apart has size
    /// 1.
    pub values: Tensor<4>,
    /// The uncertainty of each value, where the method draws random samples, as SHAP defines it:
    /// variance / √samples. Of the shape of `values`.
    pub variance: Option<Tensor<4>>,
    /// What else is known about the map.
    pub measures: Vec<Measure>,
    /// The weight of each channel, by which a grid can be ordered: `[channels]`.
    pub ranking: Option<Tensor<1>>,
    /// Numbers that tell why a map is blank, to be read only if one is. The first that
    /// [explains](Diagnostic::explains) a blank map is its cause.
    pub diagnostics: Vec<Diagnostic>,
}

impl Attribution {
    /// An attribution that has only values.
    #[must_use]
    pub fn new(values: Tensor<4>) -> Self {
        Self { values, variance: None, measures: Vec::new(), ranking: None, diagnostics: Vec::new() }
    }
}
