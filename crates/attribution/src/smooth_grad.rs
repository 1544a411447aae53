use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use crate::blank::largest;
use crate::gradient::gradients;
use crate::moments::Moments;
use crate::parts::{Declared, Form, Parts};
use crate::pixels::{per_channel, range_of_levels};
use crate::random::Stream;
use crate::run::Method;
use crate::{
    Attribution, AttributionSite, BlankReason, Choice, Diagnostic, Explainer, Kind, MapKind, MethodInfo, Paper,
    Parameter, Result, Run, Task,
};

/// SmoothGrad (Smilkov et al., 2017, arXiv:1706.03825): saliency averaged over noisy copies of the
/// picture, `1/n·Σ ∇f(x + N(0, σ²))`.
///
/// σ is a fraction of the picture's range, as in section 3.2 of the paper:
/// `σ = fraction·(max − min)`, in levels of the raw picture over all channels, and then scaled as
/// each channel is. A picture of a single level has no range, so its relative noise is zero and the
/// map is plain saliency. PAIR's `saliency` takes the range of the network's *input* instead
/// (`noise: relative-normalised`), which differs where channels are scaled or shifted differently.
/// captum's `NoiseTunnel` and tf-explain take an absolute σ (`noise: absolute`, in levels).
///
/// The values keep their sign. The variants take magnitudes or squares before the mean
/// (SmoothGrad², Hooker et al., 2019, arXiv:1806.10758), or the variance E[a²] − E[a]² (VarGrad,
/// Adebayo et al., 2018, arXiv:1810.03307). tf-explain's is the gradient of the cross-entropy
/// (`score: log-probability`), with its magnitude taken after the mean.
#[derive(Debug)]
pub struct SmoothGrad;

static INFO: MethodInfo = MethodInfo {
    id: "smooth-grad",
    name: "SmoothGrad",
    summary: "Saliency averaged over noisy copies of the picture, so that what is chance in one of them cancels out.",
    paper: Paper {
        title: "SmoothGrad: removing noise by adding noise",
        authors: "Smilkov et al., 2017",
        url: "https://arxiv.org/abs/1706.03825",
    },
    site: AttributionSite::Picture,
    map_kind: MapKind::Signed,
    parameters: &[
        Parameter {
            id: "samples",
            name: "Samples",
            summary: "How many noisy copies are averaged.",
            unit: "",
            kind: Kind::Whole { default: 50, min: 1, max: 10_000 },
        },
        Parameter {
            id: "noise",
            name: "Noise",
            summary: "Whether σ is a fraction of the picture's range, which a single colour does not have, or a number of levels.",
            unit: "",
            kind: Kind::Choice {
                default: "relative",
                choices: &[
                    Choice { id: "relative", name: "Relative to the picture's range" },
                    Choice { id: "relative-normalised", name: "Relative to the network's input (PAIR)" },
                    Choice { id: "absolute", name: "In levels, 0 to 255" },
                ],
            },
        },
        Parameter {
            id: "sigma",
            name: "σ",
            summary: "The noise's standard deviation: a fraction (0.15 is 15 %) or a number of levels.",
            unit: "",
            kind: Kind::Number { default: 0.15, min: 0.0, max: 255.0 },
        },
        Parameter {
            id: "variant",
            name: "Variant",
            summary: "What is taken of the samples.",
            unit: "",
            kind: Kind::Choice {
                default: "mean",
                choices: &[
                    Choice { id: "mean", name: "Mean" },
                    Choice { id: "magnitude", name: "Mean magnitude" },
                    Choice { id: "squared", name: "Mean square (SmoothGrad²)" },
                    Choice { id: "variance", name: "Variance (VarGrad)" },
                ],
            },
        },
        Parameter {
            id: "seed",
            name: "Seed",
            summary: "Fixes the noise: the same seed, the same map.",
            unit: "",
            kind: Kind::Whole { default: 0, min: 0, max: u32::MAX },
        },
    ],
};

impl Explainer for SmoothGrad {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        task.check(&INFO)?;
        let shape = task.layer_shape(&INFO)?;
        let samples = task.parameters.whole("samples");
        let variant = match task.parameters.text("variant") {
            "magnitude" => Variant::Magnitude,
            "squared" => Variant::Squared,
            "variance" => Variant::Variance,
            _ => Variant::Mean,
        };
        let stream = task.stream(samples, shape.iter().product())?;
        let sigma = sigma(&task);
        let largest_sigma = largest(sigma.clone());
        let method = |task| NoisyCopies { variant, stream, sigma, largest_sigma, samples, shape, task };
        Ok(Run::new(task, &[samples], method))
    }
}

/// The noise's standard deviation in units of the network's input, of the picture's shape.
fn sigma(task: &Task<'_>) -> Tensor<4> {
    let sigma = task.parameters.number("sigma");
    match task.parameters.text("noise") {
        "absolute" => per_channel(task.pixels.differences(sigma), &task.input),
        "relative-normalised" => {
            let range = task.input.clone().max() - task.input.clone().min();
            (range * sigma).reshape([1, 1, 1, 1]).expand(task.input.dims())
        }
        _ => {
            let one_level = per_channel(task.pixels.differences(1.0), &task.input);
            one_level * (range_of_levels(&task.pixels, &task.input) * sigma)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    Mean,
    Magnitude,
    Squared,
    Variance,
}

struct NoisyCopies<'a> {
    task: Task<'a>,
    variant: Variant,
    stream: Stream,
    /// The noise's standard deviation, of the picture's shape.
    sigma: Tensor<4>,
    largest_sigma: Tensor<4>,
    samples: usize,
    /// Channels, height and width of the picture.
    shape: [usize; 3],
}

impl Method for NoisyCopies<'_> {
    fn declare(&self, _: &Range<usize>) -> Vec<Declared> {
        let targets = self.task.targets.len();
        let [channels, height, width] = self.shape;
        let slope = self.task.saturable().then_some(("slope", Form::Sum, [targets, 1, 1, 1]));
        [("values", Form::Moments, [targets, channels, height, width])].into_iter().chain(slope).collect()
    }

    fn pass(&mut self, samples: Range<usize>) -> Result<Parts> {
        let [channels, height, width] = self.shape;
        let shape = [samples.len(), channels, height, width];
        let noise = self.stream.samples(samples, |random| random.normals(channels * height * width)).concat();
        let Task { network, input, targets, layer, .. } = &self.task;
        let noise = Tensor::<4>::from_data(TensorData::new(noise, shape), &input.device());
        let copies = input.clone() + noise * self.sigma.clone();
        let contribution = |gradient: Tensor<4>| {
            Moments::of(match self.variant {
                Variant::Mean | Variant::Variance => gradient,
                Variant::Magnitude => gradient.abs(),
                Variant::Squared => gradient.square(),
            })
        };
        let gradients = gradients(network, *layer, copies, targets, contribution)?;
        let parts = Parts::default().sum_if_some("slope", gradients.slopes);
        Ok(match Moments::stack(gradients.of_targets) {
            Some(moments) => parts.moments("values", moments),
            None => parts,
        })
    }

    fn finish(&self, parts: &Parts, _: usize) -> Option<Attribution> {
        let moments = parts.get_moments("values")?;
        if self.variant != Variant::Variance {
            let diagnostics = parts.get_sum("slope").map(Diagnostic::slope).into_iter().collect();
            return Some(Attribution { diagnostics, ..Attribution::new(moments.mean()) });
        }
        let one = (self.samples == 1).then(|| Diagnostic::certain(BlankReason::OneSample, &self.sigma.device()));
        let no_noise = Diagnostic::magnitude(BlankReason::NoNoise, &self.largest_sigma);
        let slope = parts.get_sum("slope").map(Diagnostic::slope);
        let diagnostics = one.into_iter().chain([no_noise]).chain(slope).collect();
        Some(Attribution { diagnostics, ..Attribution::new(moments.variance()) })
    }
}
