use std::ops::Range;

use burn::tensor::Tensor;

use crate::blank::largest;
use crate::gradient::{gradients, per_example, scores, total};
use crate::parts::{Declared, Form, Parts};
use crate::quadrature::{Node, nodes};
use crate::run::Method;
use crate::{
    Attribution, AttributionSite, BlankReason, Choice, Diagnostic, Explainer, Kind, MapKind, Measure, MethodInfo,
    Paper, Parameter, Result, Run, Task,
};

/// Integrated gradients (Sundararajan et al., 2017, arXiv:1703.01365): the gradient along the
/// straight path from a baseline x̄ to the picture, times the difference of the two,
/// `(x − x̄)·Σ w·∇f(x̄ + α(x − x̄))`.
///
/// The values sum to f(x) − f(x̄). How far they miss it is returned as the convergence delta.
///
/// With a layer, x and x̄ are what enters the layer for the picture and for the baseline, and so is
/// the path between them: captum's `LayerIntegratedGradients` with `attribute_to_layer_input=True`.
///
/// Nodes and weights are Gauss–Legendre's by default, as captum's are. `trapezoid` spaces n points
/// by 1/(n − 1), so that its weights sum to 1. captum's `riemann_trapezoid` weighs the same points
/// by 1/n, and its values are (n − 1)/n of these.
#[derive(Debug)]
pub struct IntegratedGradients;

static INFO: MethodInfo = MethodInfo {
    id: "integrated-gradients",
    name: "Integrated gradients",
    summary: "How the score comes about, pixel by pixel, on the path from a baseline to the picture; the values add up to the difference.",
    paper: Paper {
        title: "Axiomatic Attribution for Deep Networks",
        authors: "Sundararajan et al., 2017",
        url: "https://arxiv.org/abs/1703.01365",
    },
    site: AttributionSite::Input,
    map_kind: MapKind::Signed,
    parameters: &[
        Parameter {
            id: "steps",
            name: "Steps",
            summary: "At how many points of the path the gradient is taken.",
            unit: "",
            kind: Kind::Whole { default: 50, min: 2, max: 1000 },
        },
        Parameter {
            id: "baseline",
            name: "Baseline",
            summary: "The picture that stands for nothing, where the path begins.",
            unit: "levels",
            kind: Kind::Baseline { default: "black" },
        },
        Parameter {
            id: "quadrature",
            name: "Quadrature",
            summary: "Where on the path the points lie, and their weights.",
            unit: "",
            kind: Kind::Choice {
                default: "gauss-legendre",
                choices: &[
                    Choice { id: "gauss-legendre", name: "Gauss–Legendre" },
                    Choice { id: "trapezoid", name: "Trapezoid" },
                    Choice { id: "riemann-left", name: "Riemann, left" },
                    Choice { id: "riemann-middle", name: "Riemann, middle" },
                    Choice { id: "riemann-right", name: "Riemann, right" },
                    Choice { id: "riemann-trapezoid", name: "Trapezoid with captum's weights" },
                ],
            },
        },
        Parameter {
            id: "seed",
            name: "Seed",
            summary: "Fixes the noise of a baseline of noise.",
            unit: "",
            kind: Kind::Whole { default: 0, min: 0, max: u32::MAX },
        },
    ],
};

impl Explainer for IntegratedGradients {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        task.check(&INFO)?;
        let shape = task.layer_shape(&INFO)?;
        let nodes = nodes(task.parameters.text("quadrature"), task.parameters.whole("steps"));
        let baseline = task.baseline("baseline")?;
        let phases = [nodes.len()];
        Ok(Run::new(task, &phases, |task| StraightPath { task, baseline, path: None, nodes, shape }))
    }
}

struct StraightPath<'a> {
    task: Task<'a>,
    /// The baseline as a picture.
    baseline: Tensor<4>,
    /// What enters the layer for the baseline, and how far the picture is from it.
    path: Option<[Tensor<4>; 2]>,
    nodes: Vec<Node>,
    /// Channels, height and width of the layer.
    shape: [usize; 3],
}

impl StraightPath<'_> {
    fn path(&mut self) -> Result<[Tensor<4>; 2]> {
        let path = match self.path.take() {
            Some(path) => path,
            None => {
                let baseline = self.task.activation(self.baseline.clone())?;
                let value = self.task.own_activation()?;
                [baseline.clone(), value - baseline]
            }
        };
        self.path = Some(path.clone());
        Ok(path)
    }

    /// f(x) − f(x̄) of each target: `[targets, 1, 1, 1]`.
    fn ends(&self) -> Result<Tensor<4>> {
        let Task { network, targets, .. } = &self.task;
        let (start, _) = scores(network, network.input(), self.baseline.clone(), targets)?;
        Ok((self.task.own_scores()? - start).reshape([targets.len(), 1, 1, 1]))
    }
}

impl Method for StraightPath<'_> {
    fn declare(&self, samples: &Range<usize>) -> Vec<Declared> {
        let targets = self.task.targets.len();
        let [channels, height, width] = self.shape;
        let each = [targets, 1, 1, 1];
        let mut declared = vec![("values", Form::Sum, [targets, channels, height, width])];
        declared.extend(self.task.saturable().then_some(("slope", Form::Sum, each)));
        if samples.start == 0 {
            declared.extend([("ends", Form::Sum, each), ("distance", Form::Sum, [1; 4])]);
        }
        declared
    }

    fn pass(&mut self, samples: Range<usize>) -> Result<Parts> {
        let [from, difference] = self.path()?;
        let (points, weights): (Vec<f32>, Vec<f32>) =
            self.nodes[samples.clone()].iter().map(|(point, weight)| (*point as f32, *weight as f32)).unzip();
        let inputs = from + difference.clone() * per_example(points, &difference);
        let weights = per_example(weights, &difference);
        let Task { network, targets, layer, .. } = &self.task;
        let gradients =
            gradients(network, *layer, inputs, targets, |gradient| (gradient * weights.clone()).sum_dim(0))?;
        let values = Tensor::cat(gradients.of_targets, 0) * difference.clone();
        let parts = Parts::default().sum("values", values).sum_if_some("slope", gradients.slopes);
        if samples.start > 0 {
            return Ok(parts);
        }
        Ok(parts.sum("ends", self.ends()?).sum("distance", largest(difference)))
    }

    fn finish(&self, parts: &Parts, done: usize) -> Option<Attribution> {
        let values = parts.get_sum("values")?.clone();
        let mut attribution = if done < self.nodes.len() {
            // The weights used so far stand for all of them.
            let sum = |nodes: &[Node]| nodes.iter().map(|(_, weight)| weight).sum::<f64>();
            Attribution::new(values * (sum(&self.nodes) / sum(&self.nodes[..done])))
        } else {
            Attribution::new(values)
        };
        if done == self.nodes.len()
            && let Some(ends) = parts.get_sum("ends")
        {
            attribution.measures.push(Measure {
                id: "convergence-delta",
                name: "Convergence delta",
                summary: "The sum of the values less f(x) − f(baseline): zero if the steps were fine enough.",
                values: total(&attribution.values) - ends.clone().reshape([self.task.targets.len()]),
            });
        }
        let distance = parts.get_sum("distance");
        let same = distance.map(|distance| Diagnostic::magnitude(BlankReason::SameAsBaseline, distance));
        let slope = parts.get_sum("slope").map(Diagnostic::slope);
        attribution.diagnostics = same.into_iter().chain(slope).collect();
        Some(attribution)
    }
}
