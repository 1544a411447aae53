//! What a request means where it says nothing. The parameters of a method have their defaults
//! beside the method, a model its layer and its crop mode. `www/js/choices.js` repeats those that
//! the page's links leave out.

use negah_attribution::{MapKind, Score};
use negah_render::Style;

/// The method.
pub const METHOD: &str = "grad-cam";

/// The class: the best one.
pub const TARGET: &str = "top";

/// The number of the class that is explained.
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
