use burn::tensor::{Tensor, TensorData};

use crate::gradient::gradients;
use crate::moments::Moments;
use crate::pixels::per_channel;
use crate::{
    Attribution, Choice, Explainer, Info, Job, Kind, LooksAt, Paper, Parameter, Progress, Random, Result, Run, Shows,
};

/// SmoothGrad (Smilkov et al., 2017, arXiv:1706.03825): saliency averaged over noisy copies of the picture,
/// `1/n·Σ ∇f(x + N(0, σ²))`.
///
/// σ is a share of the input's range, as in the paper (section 3.2) and in PAIR's implementation; captum's `NoiseTunnel`
/// and tf-explain take an absolute σ, which `noise: absolute` gives, in levels of the raw picture. The values keep their
/// sign; the variants take magnitudes or squares before the mean (`SmoothGrad²`, Hooker et al., 2019, arXiv:1806.10758)
/// or the variance, E[a²] − E[a]² (VarGrad, Adebayo et al., 2018, arXiv:1810.03307). tf-explain's is the gradient of the
/// cross-entropy (`score: log-probability`), its magnitude taken after the mean.
#[derive(Debug)]
pub struct SmoothGrad;

static INFO: Info = Info {
    id: "smooth-grad",
    name: "SmoothGrad",
    summary: "Saliency averaged over noisy copies of the picture, so that what is chance in one of them cancels out.",
    paper: Paper {
        title: "SmoothGrad: removing noise by adding noise",
        authors: "Smilkov et al., 2017",
        url: "https://arxiv.org/abs/1706.03825",
    },
    looks_at: LooksAt::Picture,
    shows: Shows::Signed,
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
            summary: "Whether the noise is a share of the picture's range, or a number of levels.",
            unit: "",
            kind: Kind::Choice {
                default: "relative",
                choices: &[
                    Choice { id: "relative", name: "Relative to the picture's range" },
                    Choice { id: "absolute", name: "In levels, 0 to 255" },
                ],
            },
        },
        Parameter {
            id: "sigma",
            name: "σ",
            summary: "The noise's standard deviation: a share (0.15 is 15 %) or a number of levels.",
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
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        let parameters = &job.parameters;
        let sigma = parameters.number("sigma");
        let sigma = match parameters.text("noise") {
            "absolute" => per_channel(job.pixels.differences(sigma), &job.input),
            _ => {
                let range = job.input.clone().max() - job.input.clone().min();
                (range * sigma).reshape([1, 1, 1, 1])
            }
        };
        Ok(Box::new(SmoothGradRun {
            variant: match parameters.text("variant") {
                "magnitude" => Variant::Magnitude,
                "squared" => Variant::Squared,
                "variance" => Variant::Variance,
                _ => Variant::Mean,
            },
            random: Random::new(parameters.whole("seed") as u32),
            total: parameters.whole("samples"),
            done: 0,
            sigma,
            moments: vec![None; job.targets.len()],
            job,
        }))
    }
}

#[derive(Clone, Copy)]
enum Variant {
    Mean,
    Magnitude,
    Squared,
    Variance,
}

struct SmoothGradRun<'a> {
    job: Job<'a>,
    variant: Variant,
    /// The noise's standard deviation in each channel, in units of the network's input.
    sigma: Tensor<4>,
    random: Random,
    done: usize,
    total: usize,
    moments: Vec<Option<Moments>>,
}

impl Run for SmoothGradRun<'_> {
    fn step(&mut self) -> Result<Progress> {
        let batch = self.job.next_batch(self.total - self.done);
        let Job { network, input, targets, layer, .. } = &self.job;
        let [_, channels, height, width] = input.dims();
        let shape = [batch, channels, height, width];
        let noise = TensorData::new(self.random.normals(shape.iter().product()), shape);
        let noise = Tensor::<4>::from_data(noise, &input.device());
        let samples = input.clone() + noise * self.sigma.clone();
        let gradients = gradients(network, *layer, samples, targets)?;
        for (moments, gradient) in self.moments.iter_mut().zip(gradients) {
            let values = match self.variant {
                Variant::Mean | Variant::Variance => gradient,
                Variant::Magnitude => gradient.abs(),
                Variant::Squared => gradient.square(),
            };
            Moments::extend(moments, values);
        }
        self.done += batch;
        Ok(Progress { done: self.done, total: self.total })
    }

    fn attribution(&self) -> Option<Attribution> {
        let moments: Option<Vec<&Moments>> = self.moments.iter().map(Option::as_ref).collect();
        let map = |moments: &Moments| match self.variant {
            Variant::Variance => moments.variance(),
            _ => moments.mean(),
        };
        Some(Attribution::new(Tensor::cat(moments?.into_iter().map(map).collect(), 0)))
    }
}
