use burn::tensor::Tensor;

use crate::gradient::gradients;
use crate::{Attribution, Explainer, Info, Job, LooksAt, Paper, Progress, Result, Run, Shows};

/// The gradient of a class's score with respect to the picture (Simonyan et al., 2014, arXiv:1312.6034).
///
/// Values stay signed, one for each channel. The paper draws the largest magnitude over the channels, and captum's
/// `Saliency` takes magnitudes by default (`abs`): both are ways to draw here, not to compute.
#[derive(Debug)]
pub struct Saliency;

/// Saliency times the picture: `x·∂f/∂x` (Shrikumar et al., 2016, arXiv:1605.01713), captum's `InputXGradient`. The
/// picture is meant as the network gets it, after normalisation.
#[derive(Debug)]
pub struct GradientXInput;

static SALIENCY: Info = Info {
    id: "saliency",
    name: "Saliency",
    summary: "Which pixels would change the class's score the most if they changed a little.",
    paper: Paper {
        title: "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
        authors: "Simonyan et al., 2014",
        url: "https://arxiv.org/abs/1312.6034",
    },
    looks_at: LooksAt::Picture,
    shows: Shows::Signed,
    parameters: &[],
};

static GRADIENT_X_INPUT: Info = Info {
    id: "gradient-x-input",
    name: "Gradient × input",
    summary: "Each pixel's share of the score if the network were as straight everywhere as it is here.",
    paper: Paper {
        title: "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences",
        authors: "Shrikumar et al., 2016",
        url: "https://arxiv.org/abs/1605.01713",
    },
    looks_at: LooksAt::Picture,
    shows: Shows::Signed,
    parameters: &[],
};

impl Explainer for Saliency {
    fn info(&self) -> &'static Info {
        &SALIENCY
    }

    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        Ok(Box::new(GradientRun { job, times_input: false, map: None }))
    }
}

impl Explainer for GradientXInput {
    fn info(&self) -> &'static Info {
        &GRADIENT_X_INPUT
    }

    fn start<'a>(&self, job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        Ok(Box::new(GradientRun { job, times_input: true, map: None }))
    }
}

struct GradientRun<'a> {
    job: Job<'a>,
    times_input: bool,
    map: Option<Tensor<4>>,
}

impl Run for GradientRun<'_> {
    fn step(&mut self) -> Result<Progress> {
        let Job { network, input, targets, layer, .. } = &self.job;
        let gradients = gradients(network, *layer, input.clone(), targets)?;
        let map = Tensor::cat(gradients, 0);
        self.map = Some(if self.times_input { map * input.clone() } else { map });
        Ok(Progress { done: 1, total: 1 })
    }

    fn attribution(&self) -> Option<Attribution> {
        self.map.clone().map(Attribution::new)
    }
}
