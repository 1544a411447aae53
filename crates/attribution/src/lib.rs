//! The explanation methods.
//!
//! A method is one file and one line in [`EXPLAINERS`]: the page's menu, the command line, the README's
//! table and the golden tests are driven by that list. What a method says of itself ([`Info`]) stands next
//! to what it does.
//!
//! Work may be long, so a method does not compute an answer: it starts a [`Run`], which does one bounded
//! batch a [`step`](Run::step) and can say at any time [what is known so far](Run::attribution). Whoever
//! drives the run shows progress, or stops.
//!
//! Sums stay on the device and nothing is read back here, because a browser can only read asynchronously.
//! An [`Attribution`] is signed and unscaled, at the resolution where the method works: scaling, colour and
//! size are the business of whoever draws it.

mod activations;
mod baseline;
mod error;
mod expected_gradients;
mod explainer;
mod grad_cam;
mod gradient;
mod integrated_gradients;
mod moments;
mod occlusion;
mod parameters;
mod pixels;
mod random;
mod saliency;
mod smooth_grad;
mod target;

pub use activations::Activations;
pub use baseline::Baseline;
pub use error::{Error, Result};
pub use expected_gradients::ExpectedGradients;
pub use explainer::{Attribution, Explainer, Info, Job, LooksAt, Measure, Paper, Progress, Run, Shows};
pub use grad_cam::GradCam;
pub use integrated_gradients::IntegratedGradients;
pub use occlusion::Occlusion;
pub use parameters::{Choice, Kind, Parameter, Parameters, Value};
pub use pixels::Pixels;
pub use random::Random;
pub use saliency::{GradientXInput, Saliency};
pub use smooth_grad::SmoothGrad;
pub use target::{Score, Target};

/// Every method, in the order in which menus show them.
pub const EXPLAINERS: &[&dyn Explainer] = &[
    &GradCam,
    &ExpectedGradients,
    &SmoothGrad,
    &Occlusion,
    &Activations,
    &IntegratedGradients,
    &GradientXInput,
    &Saliency,
];

/// The method of this id.
///
/// # Errors
/// [`Error::UnknownMethod`], which lists the methods there are.
pub fn find(id: &str) -> Result<&'static dyn Explainer> {
    EXPLAINERS.iter().copied().find(|explainer| explainer.info().id == id).ok_or_else(|| Error::UnknownMethod {
        id: id.to_owned(),
        known: EXPLAINERS.iter().map(|explainer| explainer.info().id).collect(),
    })
}
