//! The explanation methods.
//!
//! A method is one file and one line in [`EXPLAINERS`]. The page's menu, the command line, the
//! README's table and the golden tests are driven by that list. What a method says about itself
//! ([`MethodInfo`]) stands next to its computation.
//!
//! A method does not compute an answer in one call: it starts a [`Run`]. The work of a run has four
//! parts:
//!
//! * a *sampler* says what the k-th sample is: a mixture of picture and background, a noisy copy, a
//!   point of a path, a covered window. Random samplers draw in the order of NumPy's legacy
//!   generator, from the seed, so the k-th sample does not depend on who asks for it;
//! * a *pass* turns a batch of samples into contributions, by a forward pass and a backward pass
//!   for each target;
//! * a [`Partial`] is what a *share* of the samples adds up to. Shares have a fixed size and are
//!   merged in order, so the same task gives the same bytes wherever the shares were computed;
//! * *finish* turns what was merged into an [`Attribution`], without asking the network anything.
//!
//! Nothing is read back from the device here, because a browser can only read asynchronously. An
//! [`Attribution`] is signed and unscaled, at the resolution where the method works. Scaling,
//! colours and size are up to whoever draws it.

mod activations;
mod attribution;
mod background;
mod baseline;
mod blank;
mod error;
mod expected_gradients;
mod explainer;
mod grad_cam;
mod gradient;
mod integrated_gradients;
mod method_info;
mod moments;
mod occlusion;
mod parameter;
mod parameters;
mod parts;
mod pixels;
mod quadrature;
mod random;
mod run;
mod saliency;
mod smooth_grad;
mod target;
mod task;
mod windows;

pub use activations::Activations;
pub use attribution::{Attribution, Measure};
pub use baseline::Baseline;
pub use blank::{BlankReason, Diagnostic};
pub use error::{Error, Result};
pub use expected_gradients::ExpectedGradients;
pub use explainer::Explainer;
pub use grad_cam::GradCam;
pub use integrated_gradients::IntegratedGradients;
pub use method_info::{AttributionSite, MapKind, MethodInfo, Paper};
pub use occlusion::Occlusion;
pub use parameter::{Choice, Kind, Parameter, Setting};
pub use parameters::Parameters;
pub use parts::Partial;
pub use pixels::Pixels;
pub use random::Random;
pub use run::{Progress, Run};
pub use saliency::{GradientXInput, Saliency};
pub use smooth_grad::SmoothGrad;
pub use target::{Score, Target};
pub use task::{MOST_TARGETS, Task};

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

/// The method with this id.
///
/// # Errors
/// [`Error::UnknownMethod`], which lists the methods there are.
pub fn find(id: &str) -> Result<&'static dyn Explainer> {
    EXPLAINERS.iter().copied().find(|explainer| explainer.info().id == id).ok_or_else(|| Error::UnknownMethod {
        id: id.to_owned(),
        known: EXPLAINERS.iter().map(|explainer| explainer.info().id).collect(),
    })
}
