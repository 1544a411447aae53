use burn::tensor::Tensor;
use gauss_quad::GaussLegendre;
use std::num::NonZeroUsize;

use crate::gradient::{gradients, per_example, scores};
use crate::{
    Attribution, Choice, Explainer, Info, Job, Kind, LooksAt, Measure, Paper, Parameter, Progress, Random, Result, Run,
    Shows,
};

/// Integrated gradients (Sundararajan et al., 2017, arXiv:1703.01365): the gradient along the straight line from a
/// baseline x̄ to the picture, times the way from one to the other, `(x − x̄)·Σ w·∇f(x̄ + α(x − x̄))`.
///
/// Its values add up to f(x) − f(x̄); how far they miss it is returned as the convergence delta.
///
/// Nodes and weights are Gauss and Legendre's by default, as captum's are. The trapezoid rule here spaces n points by
/// 1/(n − 1), so that its weights add up to 1; captum's weighs each with 1/n, and its values are (n − 1)/n of these.
#[derive(Debug)]
pub struct IntegratedGradients;

static INFO: Info = Info {
    id: "integrated-gradients",
    name: "Integrated gradients",
    summary: "How the score comes about, pixel by pixel, on the way from a baseline to the picture; the values add up to the difference.",
    paper: Paper {
        title: "Axiomatic Attribution for Deep Networks",
        authors: "Sundararajan et al., 2017",
        url: "https://arxiv.org/abs/1703.01365",
    },
    looks_at: LooksAt::Picture,
    shows: Shows::Signed,
    parameters: &[
        Parameter {
            id: "steps",
            name: "Steps",
            summary: "At how many points of the way the gradient is taken.",
            unit: "",
            kind: Kind::Whole { default: 50, min: 2, max: 1000 },
        },
        Parameter {
            id: "baseline",
            name: "Baseline",
            summary: "The picture that stands for nothing, where the way begins.",
            unit: "levels",
            kind: Kind::Baseline { default: "black" },
        },
        Parameter {
            id: "quadrature",
            name: "Quadrature",
            summary: "Where on the way the points lie, and how much each counts.",
            unit: "",
            kind: Kind::Choice {
                default: "gauss-legendre",
                choices: &[
                    Choice { id: "gauss-legendre", name: "Gauss–Legendre" },
                    Choice { id: "trapezoid", name: "Trapezoid" },
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
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        let steps = job.parameters.whole("steps");
        let nodes = match job.parameters.text("quadrature") {
            "trapezoid" => trapezoid(steps),
            _ => gauss_legendre(steps),
        };
        let mut random = Random::new(job.parameters.whole("seed") as u32);
        let baseline = job.parameters.baseline("baseline");
        let baseline = baseline.tensor(&job.input, &job.pixels, job.pictures.as_ref(), &mut random)?;
        Ok(Box::new(PathRun {
            way: job.input.clone() - baseline.clone(),
            baseline,
            nodes,
            done: 0,
            sums: Vec::new(),
            ends: None,
            job,
        }))
    }
}

/// A point of the way in 0..1, and its weight.
type Node = (f64, f64);

fn gauss_legendre(steps: usize) -> Vec<Node> {
    let degree = NonZeroUsize::new(steps).expect("there are two steps or more");
    let rule = GaussLegendre::new(degree);
    let mut nodes: Vec<Node> = rule.iter().map(|(node, weight)| ((1.0 + node) / 2.0, weight / 2.0)).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    nodes
}

fn trapezoid(steps: usize) -> Vec<Node> {
    let between = 1.0 / (steps - 1) as f64;
    let weight = |step| if step == 0 || step == steps - 1 { between / 2.0 } else { between };
    (0..steps).map(|step| (step as f64 * between, weight(step))).collect()
}

struct PathRun<'a> {
    job: Job<'a>,
    baseline: Tensor<4>,
    /// Picture less baseline.
    way: Tensor<4>,
    nodes: Vec<Node>,
    done: usize,
    /// Σ weight·gradient so far, for each target.
    sums: Vec<Tensor<4>>,
    /// f(x) − f(x̄) of each target, once all is done.
    ends: Option<Tensor<1>>,
}

impl Run for PathRun<'_> {
    fn step(&mut self) -> Result<Progress> {
        let total = self.nodes.len();
        let batch = self.job.next_batch(total - self.done);
        let Job { network, input, targets, layer, .. } = &self.job;
        let (points, weights): (Vec<f32>, Vec<f32>) = self.nodes[self.done..self.done + batch]
            .iter()
            .map(|(point, weight)| (*point as f32, *weight as f32))
            .unzip();
        let samples = self.baseline.clone() + self.way.clone() * per_example(points, input);
        let weights = per_example(weights, input);
        let gradients = gradients(network, *layer, samples, targets)?;
        let sums = gradients.into_iter().map(|gradient| (gradient * weights.clone()).sum_dim(0));
        self.sums = match std::mem::take(&mut self.sums) {
            before if before.is_empty() => sums.collect(),
            before => before.into_iter().zip(sums).map(|(before, sum)| before + sum).collect(),
        };
        self.done += batch;
        if self.done == total {
            let both = Tensor::cat(vec![input.clone(), self.baseline.clone()], 0);
            let scores = scores(network, *layer, both, targets)?;
            let count = targets.len();
            self.ends =
                Some((scores.clone().slice([0..count, 0..1]) - scores.slice([0..count, 1..2])).reshape([count]));
        }
        Ok(Progress { done: self.done, total })
    }

    fn attribution(&self) -> Option<Attribution> {
        if self.sums.is_empty() {
            return None;
        }
        // Half-way, the weights used so far stand for all of them.
        let weighed: f64 = self.nodes[..self.done].iter().map(|(_, weight)| weight).sum();
        let values = Tensor::cat(self.sums.clone(), 0) * self.way.clone() / weighed;
        let mut attribution = Attribution::new(values);
        if let Some(ends) = &self.ends {
            attribution.measures.push(Measure {
                id: "convergence-delta",
                name: "Convergence delta",
                summary: "The sum of the values less f(x) − f(baseline): nought if the steps were fine enough.",
                values: total(&attribution.values) - ends.clone(),
            });
        }
        Some(attribution)
    }
}

/// The sum of each target's values: `[targets]`.
pub(crate) fn total(values: &Tensor<4>) -> Tensor<1> {
    let [targets, ..] = values.dims();
    values.clone().reshape([targets as i32, -1]).sum_dim(1).reshape([targets])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_to_one_and_integrate_polynomials() {
        for nodes in [gauss_legendre(2), gauss_legendre(5), gauss_legendre(50), trapezoid(2), trapezoid(7)] {
            assert!((nodes.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
            let line: f64 = nodes.iter().map(|(point, weight)| point * weight).sum();
            assert!((line - 0.5).abs() < 1e-12);
        }
        // n points of Gauss and Legendre are exact up to the degree 2n − 1: ∫x⁹ = 1/10.
        let ninth: f64 = gauss_legendre(5).iter().map(|(point, weight)| weight * point.powi(9)).sum();
        assert!((ninth - 0.1).abs() < 1e-12);
    }

    #[test]
    fn nodes_are_the_published_ones() {
        // Abramowitz and Stegun, table 25.4, n = 3: ±0.774596669241483 with 5/9, 0 with 8/9.
        let published =
            [(0.112_701_665_379_258_5, 5.0 / 18.0), (0.5, 4.0 / 9.0), (0.887_298_334_620_741_5, 5.0 / 18.0)];
        for ((point, weight), (expected, expected_weight)) in gauss_legendre(3).into_iter().zip(published) {
            assert!((point - expected).abs() < 1e-12 && (weight - expected_weight).abs() < 1e-12);
        }
    }
}
