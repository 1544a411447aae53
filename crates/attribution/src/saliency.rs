use std::ops::Range;

use burn::tensor::Tensor;

use crate::blank::largest;
use crate::parts::{Declared, Form, Parts};
use crate::run::Method;
use crate::{
    Attribution, AttributionSite, BlankReason, Diagnostic, Explainer, MapKind, MethodInfo, Paper, Result, Run, Task,
};

/// The gradient of a class's score with respect to the picture (Simonyan et al., 2014,
/// arXiv:1312.6034).
///
/// Values stay signed, one for each channel. The paper draws the largest magnitude over the
/// channels, and captum's `Saliency` takes magnitudes by default (`abs`). Here both are choices of
/// the drawing.
#[derive(Debug)]
pub struct Saliency;

/// Saliency times the picture: `x·∂f/∂x` (Shrikumar et al., 2016, arXiv:1605.01713), captum's
/// `InputXGradient`. x is the network's input, after normalisation.
#[derive(Debug)]
pub struct GradientXInput;

static SALIENCY: MethodInfo = MethodInfo {
    id: "saliency",
    name: "Saliency",
    summary: "Which pixels would change the class's score the most if they changed a little.",
    paper: Paper {
        title: "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
        authors: "Simonyan et al., 2014",
        url: "https://arxiv.org/abs/1312.6034",
    },
    site: AttributionSite::Picture,
    map_kind: MapKind::Signed,
    parameters: &[],
};

static GRADIENT_X_INPUT: MethodInfo = MethodInfo {
    id: "gradient-x-input",
    name: "Gradient × input",
    summary: "Each pixel's contribution to the score in a linear approximation of the network.",
    paper: Paper {
        title: "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences",
        authors: "Shrikumar et al., 2016",
        url: "https://arxiv.org/abs/1605.01713",
    },
    site: AttributionSite::Picture,
    map_kind: MapKind::Signed,
    parameters: &[],
};

impl Explainer for Saliency {
    fn info(&self) -> &'static MethodInfo {
        &SALIENCY
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        start(&SALIENCY, task, false)
    }
}

impl Explainer for GradientXInput {
    fn info(&self) -> &'static MethodInfo {
        &GRADIENT_X_INPUT
    }

    fn start<'a>(&self, task: Task<'a>) -> Result<Run<'a>> {
        start(&GRADIENT_X_INPUT, task, true)
    }
}

fn start<'a>(info: &MethodInfo, task: Task<'a>, times_input: bool) -> Result<Run<'a>> {
    task.check(info)?;
    let shape = task.layer_shape(info)?;
    Ok(Run::new(task, &[1], |task| InputGradient { task, shape, times_input }))
}

struct InputGradient<'a> {
    task: Task<'a>,
    /// Channels, height and width of the picture.
    shape: [usize; 3],
    times_input: bool,
}

impl Method for InputGradient<'_> {
    fn declare(&self, _: &Range<usize>) -> Vec<Declared> {
        let targets = self.task.targets.len();
        let [channels, height, width] = self.shape;
        let slope = self.task.saturable().then_some(("slope", Form::Sum, [targets, 1, 1, 1]));
        [("values", Form::Sum, [targets, channels, height, width])].into_iter().chain(slope).collect()
    }

    fn pass(&mut self, _: Range<usize>) -> Result<Parts> {
        let (input, gradients) = self.task.own_gradients(&self.task.targets, |_, gradient| gradient)?;
        let map = Tensor::cat(gradients.of_targets, 0);
        let map = if self.times_input { map * input } else { map };
        Ok(Parts::default().sum("values", map).sum_if_some("slope", gradients.slopes))
    }

    fn finish(&self, parts: &Parts, _: usize) -> Option<Attribution> {
        let zero = self.times_input.then(|| {
            let input = largest(self.task.input.clone());
            Diagnostic::magnitude(BlankReason::ZeroInput, &input)
        });
        let slope = parts.get_sum("slope").map(Diagnostic::slope);
        let diagnostics = zero.into_iter().chain(slope).collect();
        Some(Attribution { diagnostics, ..Attribution::new(parts.get_sum("values")?.clone()) })
    }
}
