use burn::tensor::{Tensor, TensorData};
use negah_network::LayerId;

use crate::gradient::{gradients, per_example, scores};
use crate::integrated_gradients::total;
use crate::moments::Moments;
use crate::pixels::per_channel;
use crate::{
    Attribution, Explainer, Info, Job, Kind, LooksAt, Measure, Paper, Parameter, Progress, Random, Result, Run, Shows,
};

/// The most memory that a background's activations may take to be kept: above that they are computed again.
const KEPT_BYTES: usize = 128 << 20;

/// Expected gradients (Erion et al., 2021, arXiv:1906.10670), which is SHAP's `GradientExplainer`: integrated gradients
/// averaged over a background of pictures, each sample one random picture b of it and one random point of the way,
/// `mean(∇f(b + t·(x − b))·(x − b))`.
///
/// The values add up, but for the samples' noise, to f(x) less the mean of f over the background; the gap is returned,
/// and the variance as SHAP defines it, var/√n. With one seed, background and picture the samples are SHAP's own.
///
/// Named a layer, it works at that layer's *input*: picture and background are what enters the layer, and so are their
/// mixtures. (SHAP's PyTorch explainer mixes pixels and multiplies by the activation instead of a difference; that is
/// not copied, its TensorFlow explainer's way is.) Local smoothing adds normal noise to x, in units of what enters, drawn
/// after the other two numbers as SHAP's TensorFlow explainer draws it, but channel by channel. Of several pictures SHAP
/// explains one after another from one stream of numbers; here each begins at the seed. SHAP's `ranked_outputs = k` is a
/// job with the k best classes as its targets (`top3` to the page and the command), which share the samples.
#[derive(Debug)]
pub struct ExpectedGradients;

static INFO: Info = Info {
    id: "expected-gradients",
    name: "SHAP (expected gradients)",
    summary: "What each place adds to the score compared with a background of other pictures; the values add up to the difference.",
    paper: Paper {
        title: "Improving performance of deep learning models with axiomatic attribution priors and expected gradients",
        authors: "Erion et al., 2021",
        url: "https://arxiv.org/abs/1906.10670",
    },
    looks_at: LooksAt::Input,
    shows: Shows::Signed,
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
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        let background = Background::new(&job)?;
        Ok(Box::new(ExpectedGradientsRun {
            value: activation(&job, job.input.clone())?,
            smoothing: job.parameters.number("local-smoothing"),
            random: Random::new(job.parameters.whole("seed") as u32),
            samples: job.parameters.whole("samples"),
            drawn: 0,
            moments: vec![None; job.targets.len()],
            background_scores: Vec::new(),
            scored: 0,
            background,
            job,
        }))
    }
}

/// What enters the layer when the network is shown `pictures`.
fn activation(job: &Job<'_>, pictures: Tensor<4>) -> Result<Tensor<4>> {
    if job.layer == job.network.input() {
        return Ok(pictures);
    }
    let trace = job.network.forward(&[(job.network.input(), pictures.into())], &[job.layer])?;
    Ok(trace.get(job.layer)?.clone().tensor()?)
}

/// The pictures of the background, or what enters the layer when the network is shown them.
struct Background {
    pictures: Tensor<4>,
    /// What enters the layer for each, computed when first needed.
    kept: Vec<Tensor<4>>,
    /// Whether they are kept: not where they would take too much memory.
    keep: bool,
}

impl Background {
    fn new(job: &Job<'_>) -> Result<Self> {
        let black = || per_channel(job.pixels.values(&[0.0]), &job.input);
        // Without any background the picture is compared with black.
        let pictures = job.pictures.clone().unwrap_or_else(black);
        let [count, ..] = pictures.dims();
        let values = job.network.shape(job.layer)?.iter().product::<usize>();
        let bytes = values.saturating_mul(count).saturating_mul(size_of::<f32>());
        Ok(Self { pictures, kept: Vec::new(), keep: job.layer != job.network.input() && bytes <= KEPT_BYTES })
    }

    fn count(&self) -> usize {
        self.pictures.dims()[0]
    }

    /// Those of the indices, one after another.
    fn take(&mut self, job: &Job<'_>, indices: &[usize]) -> Result<Tensor<4>> {
        if self.keep {
            while self.kept.len() < self.count() {
                let next = self.pictures.clone().narrow(0, self.kept.len(), 1);
                self.kept.push(activation(job, next)?);
            }
            return Ok(Tensor::cat(indices.iter().map(|index| self.kept[*index].clone()).collect(), 0));
        }
        let chosen = indices.iter().map(|index| self.pictures.clone().narrow(0, *index, 1)).collect();
        activation(job, Tensor::cat(chosen, 0))
    }
}

struct ExpectedGradientsRun<'a> {
    job: Job<'a>,
    /// What enters the layer for the picture, `[1, channels, height, width]`.
    value: Tensor<4>,
    background: Background,
    smoothing: f64,
    random: Random,
    samples: usize,
    drawn: usize,
    moments: Vec<Option<Moments>>,
    /// The scores of the pictures of the background, `[targets, batch]` each.
    background_scores: Vec<Tensor<2>>,
    scored: usize,
}

impl ExpectedGradientsRun<'_> {
    /// Draws samples, and adds up their gradients times differences.
    fn draw(&mut self) -> Result<()> {
        let batch = self.job.next_batch(self.samples - self.drawn);
        let (mut chosen, mut shares) = (Vec::new(), Vec::new());
        let mut noise = Vec::new();
        let values = self.value.shape().num_elements();
        for _ in 0..batch {
            chosen.push(self.random.choice(self.background.count() as u32) as usize);
            shares.push(self.random.uniform() as f32);
            if self.smoothing > 0.0 {
                noise.extend(self.random.normals(values));
            }
        }
        let from = self.background.take(&self.job, &chosen)?;
        let mut to = self.value.clone();
        if self.smoothing > 0.0 {
            let noise = Tensor::<4>::from_data(TensorData::new(noise, from.dims()), &from.device());
            to = to + noise * self.smoothing;
        }
        let way = to - from.clone();
        let samples = from + way.clone() * per_example(shares, &self.value);
        let Job { network, targets, layer, .. } = &self.job;
        let gradients = gradients(network, *layer, samples, targets)?;
        for (moments, gradient) in self.moments.iter_mut().zip(gradients) {
            Moments::extend(moments, gradient * way.clone());
        }
        self.drawn += batch;
        Ok(())
    }

    /// Scores pictures of the background, whose mean the values should add up to the difference from.
    fn score(&mut self) -> Result<()> {
        let batch = self.job.next_batch(self.background.count() - self.scored);
        let indices: Vec<usize> = (self.scored..self.scored + batch).collect();
        let values = self.background.take(&self.job, &indices)?;
        self.background_scores.push(scores(self.job.network, self.layer(), values, &self.job.targets)?);
        self.scored += batch;
        Ok(())
    }

    fn layer(&self) -> LayerId {
        self.job.layer
    }

    /// Σφ − (f(x) − mean f(background)), once all that is known.
    fn gap(&self, values: &Tensor<4>) -> Result<Tensor<1>> {
        let Job { network, targets, .. } = &self.job;
        let count = targets.len();
        let own = scores(network, self.layer(), self.value.clone(), targets)?.reshape([count]);
        let background = Tensor::cat(self.background_scores.clone(), 1).mean_dim(1).reshape([count]);
        Ok(total(values) - (own - background))
    }
}

impl Run for ExpectedGradientsRun<'_> {
    fn step(&mut self) -> Result<Progress> {
        if self.drawn < self.samples {
            self.draw()?;
        } else {
            self.score()?;
        }
        Ok(Progress { done: self.drawn + self.scored, total: self.samples + self.background.count() })
    }

    fn attribution(&self) -> Option<Attribution> {
        let moments: Option<Vec<&Moments>> = self.moments.iter().map(Option::as_ref).collect();
        let moments = moments?;
        let values = Tensor::cat(moments.iter().map(|moments| moments.mean()).collect(), 0);
        let variance = moments.iter().map(|moments| moments.variance() / (moments.count() as f64).sqrt()).collect();
        let mut attribution = Attribution { variance: Some(Tensor::cat(variance, 0)), ..Attribution::new(values) };
        if self.scored == self.background.count()
            && let Ok(gap) = self.gap(&attribution.values)
        {
            attribution.measures.push(Measure {
                id: "sum-gap",
                name: "Gap of the sum",
                summary: "The sum of the values less f(x) − mean f(background): nought but for the samples' noise.",
                values: gap,
            });
        }
        Some(attribution)
    }
}
