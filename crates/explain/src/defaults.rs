//! The defaults of a request. The defaults of a method's parameters are beside the method, those of
//! the layer and the crop mode beside the model. `www/js/choices.js` repeats those that the page's
//! links leave out.

use negah_attribution::{MapKind, Score};
use negah_render::Style;

/// The method.
pub const METHOD: &str = "grad-cam";

/// The class: the best one.
pub const TARGET: &str = "top";

/// Which score of the class is explained.
pub const SCORE: Score = Score::Logit;

/// Samples a step on a CPU, which gains nothing by more than one and reports sooner.
pub const BATCH_ON_CPU: usize = 1;

/// Samples a step on a GPU.
pub const BATCH_ON_GPU: usize = 8;

/// How values of this kind are drawn.
#[must_use]
pub fn style_of(kind: MapKind) -> Style {
    match kind {
        MapKind::Signed => Style::SIGNED,
        MapKind::Heat | MapKind::Channels => Style::HEAT,
    }
}
