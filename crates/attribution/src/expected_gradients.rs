use std::num::NonZeroU32;
use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use crate::background::Background;
use crate::blank::largest;
use crate::gradient::{gradients, per_example, scores, total};
use crate::moments::Moments;
use crate::parts::{Declared, Form, Parts};
use crate::random::{Random, Stream};
use crate::run::Method;
use crate::{
    Attribution, AttributionSite, BlankReason, Diagnostic, Explainer, Kind, MapKind, Measure, MethodInfo, Paper,
    Parameter, Result, Run, Task,
};

/// Expected gradients (Erion et al., 2021, arXiv:1906.10670), which is SHAP's `GradientExplainer`:
/// integrated gradients averaged over a background. Each sample is a random picture b of the
/// background and a random point t of the path from it: `mean(∇f(b + t·(x − b))·(x − b))`.
///
/// Up to the noise of the samples, the values sum to f(x) less the mean of f over the background.
/// The gap is returned, and the variance as SHAP defines it, var/√n. With one seed, background and
/// picture, the samples are SHAP's own.
///
/// With a layer, the method works at that layer's *input*: picture and background are what enters
/// the layer, and so are their mixtures, as in SHAP's TensorFlow explainer. (SHAP's PyTorch
/// explainer mixes pixels and multiplies by the activation instead of a difference; that is not
/// copied.) Local smoothing adds normal noise to x, in units of the layer's input. It is drawn
/// after the other two numbers, as SHAP's TensorFlow explainer does, but channel by channel.
///
/// All targets share the samples, as in SHAP, which seeds its generator again for every output.
/// SHAP explains several pictures one after another from one stream: `stream_offset` of the
/// [`Task`] gives the samples of the second, the third and so on. SHAP's `ranked_outputs = k` is a
/// task with the k best classes as its targets.
#[derive(Debug)]
pub struct ExpectedGradients;

static INFO: MethodInfo = MethodInfo {
    id: "expected-gradients",
    name: "SHAP (expected gradients)",
    summary: "What each place adds to the score compared with a background of other pictures; the values add up to the difference.",
    paper: Paper {
        title: "Improving performance of deep learning models with axiomatic attribution priors and expected gradients",
        authors: "Erion et al., 2021",
        url: "https://arxiv.org/abs/1906.10670",
    },
    site: AttributionSite::Input,
    map_kind: MapKind::Signed,
    parameters: &[
        Parameter {
            id: "samples",
            name: "Samples",
            summary: "How many mixtures of picture and background are averaged.",
            unit: "",
            kind: Kind::Whole { default: 200, min: 2, max: 100_000 },
        },
        Parameter {
            id: "local-smoothing",
            name: "Local smoothing",
            summary: "The standard deviation of noise added to the picture, in units of the layer's input.",
            unit: "",
            kind: Kind::Number { default: 0.0, min: 0.0, max: 1000.0 },
        },
        Parameter {
            id: "seed",
            name: "Seed",
            summary: "Fixes the samples: the same seed, the same map.",
            unit: "",
            kind: Kind::Whole { default: 0, min: 0, max: u32::MAX },
        },
    ],
};

impl Explainer for ExpectedGradients {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        task.check(&INFO)?;
        let shape = task.layer_shape(&INFO)?;
        let samples = task.parameters.whole("samples");
        let smoothing = task.parameters.number("local-smoothing");
        let background = Background::new(&task, shape);
        let noise = if smoothing > 0.0 { shape.iter().product() } else { 0 };
        let stream = task.stream(samples, noise + 2)?;
        let phases = [samples, background.count()];
        let method = |task| Mixtures { value: None, background, smoothing, samples, stream, shape, task };
        Ok(Run::new(task, &phases, method))
    }
}

/// A mixture of the picture and one of the background.
struct Mixture {
    /// The index in the background.
    index: usize,
    /// Where on the path from the background to the picture, in 0..1.
    point: f32,
    /// Noise of the picture, with a standard deviation of 1.
    noise: Vec<f32>,
}

/// The first phase averages mixtures, the second scores the background.
struct Mixtures<'a> {
    task: Task<'a>,
    /// What enters the layer for the picture, `[1, channels, height, width]`.
    value: Option<Tensor<4>>,
    background: Background,
    smoothing: f64,
    samples: usize,
    stream: Stream,
    /// Channels, height and width of the layer.
    shape: [usize; 3],
}

impl Mixtures<'_> {
    fn value(&mut self) -> Result<Tensor<4>> {
        let value = match self.value.take() {
            Some(value) => value,
            None => self.task.own_activation()?,
        };
        self.value = Some(value.clone());
        Ok(value)
    }

    fn sample(&mut self, samples: Range<usize>) -> Vec<Mixture> {
        let count = u32::try_from(self.background.count()).ok().and_then(NonZeroU32::new);
        let count = count.expect("a task's background has from 1 to 2³² − 1 pictures");
        let noise = if self.smoothing > 0.0 { self.shape.iter().product() } else { 0 };
        self.stream.samples(samples, |random: &mut Random| Mixture {
            index: random.choice(count) as usize,
            point: random.uniform() as f32,
            noise: random.normals(noise),
        })
    }

    /// Adds up gradients times differences.
    fn attribute(&mut self, samples: Range<usize>) -> Result<Parts> {
        let mixtures = self.sample(samples);
        let indices: Vec<usize> = mixtures.iter().map(|mixture| mixture.index).collect();
        let from = self.background.values(&self.task, &indices)?;
        let mut to = self.value()?;
        if self.smoothing > 0.0 {
            let noise = mixtures.iter().flat_map(|mixture| mixture.noise.iter().copied()).collect::<Vec<_>>();
            let noise = Tensor::<4>::from_data(TensorData::new(noise, from.dims()), &from.device());
            to = to + noise * self.smoothing;
        }
        let difference = to - from.clone();
        let points = mixtures.iter().map(|mixture| mixture.point).collect();
        let inputs = from + difference.clone() * per_example(points, &difference);
        let Task { network, targets, layer, .. } = &self.task;
        let contribution = |gradient| Moments::of(gradient * difference.clone());
        let gradients = gradients(network, *layer, inputs, targets, contribution)?;
        let mut parts = Parts::default().sum("distance", largest(difference)).sum_if_some("slope", gradients.slopes);
        if let Some(moments) = Moments::stack(gradients.of_targets) {
            parts = parts.moments("values", moments);
        }
        Ok(parts)
    }

    /// Scores pictures of the background, and the picture with the first of them.
    fn score(&mut self, pictures: Range<usize>) -> Result<Parts> {
        let own = if pictures.start == 0 { Some(self.scores_of_picture()?) } else { None };
        let indices: Vec<usize> = pictures.collect();
        let values = self.background.values(&self.task, &indices)?;
        let (scores, _) = scores(self.task.network, self.task.layer, values, &self.task.targets)?;
        let sum = scores.sum_dim(1).reshape([self.task.targets.len(), 1, 1, 1]);
        Ok(Parts::default().sum("background", sum).sum_if_some("own", own))
    }

    fn scores_of_picture(&mut self) -> Result<Tensor<4>> {
        let scores = match self.task.traced_scores()? {
            Some(scores) => scores,
            None => {
                let value = self.value()?;
                scores(self.task.network, self.task.layer, value, &self.task.targets)?.0
            }
        };
        Ok(scores.reshape([self.task.targets.len(), 1, 1, 1]))
    }
}

impl Method for Mixtures<'_> {
    fn declare(&self, samples: &Range<usize>) -> Vec<Declared> {
        let targets = self.task.targets.len();
        let [channels, height, width] = self.shape;
        let each = [targets, 1, 1, 1];
        if samples.start < self.samples {
            let values = ("values", Form::Moments, [targets, channels, height, width]);
            let slope = self.task.saturable().then_some(("slope", Form::Sum, each));
            return [values, ("distance", Form::Sum, [1; 4])].into_iter().chain(slope).collect();
        }
        let own = (samples.start == self.samples).then_some(("own", Form::Sum, each));
        [("background", Form::Sum, each)].into_iter().chain(own).collect()
    }

    fn pass(&mut self, samples: Range<usize>) -> Result<Parts> {
        if samples.start < self.samples {
            self.attribute(samples)
        } else {
            self.score(samples.start - self.samples..samples.end - self.samples)
        }
    }

    fn finish(&self, parts: &Parts, done: usize) -> Option<Attribution> {
        let moments = parts.get_moments("values")?;
        let variance = moments.variance() / (moments.count() as f64).sqrt();
        let mut attribution = Attribution { variance: Some(variance), ..Attribution::new(moments.mean()) };
        let count = self.background.count();
        if done == self.samples + count
            && let (Some(own), Some(background)) = (parts.get_sum("own"), parts.get_sum("background"))
        {
            let difference = own.clone() - background.clone() / count as f64;
            attribution.measures.push(Measure {
                id: "sum-gap",
                name: "Gap of the sum",
                summary: "The sum of the values less f(x) − mean f(background): zero but for the samples' noise.",
                values: total(&attribution.values) - difference.reshape([self.task.targets.len()]),
            });
        }
        let slope = parts.get_sum("slope").map(Diagnostic::slope);
        let distance = parts.get_sum("distance");
        let same = distance.map(|distance| Diagnostic::magnitude(BlankReason::SameAsBaseline, distance));
        attribution.diagnostics = same.into_iter().chain(slope).collect();
        Some(attribution)
    }
}
