//! One request, from its text form to its record.
//!
//! The page and the native command ask the same question: why does this network see this class in
//! this picture. What a person typed or clicked is an [`ExplainRequest`], in which every field is
//! optional. [`ExplainRequest::resolve`] fills in the defaults for one model. [`classify`] makes
//! the forward pass that names the classes, [`explain`] runs the method and draws the maps, and the
//! modules [`record`] and [`numpy`] write JSON, `.npy` and `.npz`.
//!
//! A browser can only read a device's memory asynchronously, so the functions that compute are
//! `async` and read through a [`Host`], which also reports progress and can cancel. Natively every
//! read is ready at once, and [`block_on`] drives them.

mod background;
mod defaults;
mod draw;
mod error;
mod explanation;
mod host;
mod input;
pub mod numpy;
mod prediction;
pub mod record;
mod request;
mod run;

pub use background::{Background, MOST_BACKGROUND_BYTES};
pub use defaults::{BATCH_ON_CPU, BATCH_ON_GPU, METHOD, SCORE, TARGET, style_of};
pub use draw::{draw, draw_together};
pub use error::{Error, Result, UnknownClass};
pub use explanation::{Blank, Explanation, MeasureValues};
pub use host::{Host, NativeHost, block_on};
pub use input::{ArrayValues, crop_mode, input_of_array, pixels_of, unscaled};
pub use prediction::{Answer, Prediction, Scored, classify};
pub use request::{BackgroundUse, ExplainRequest, Resolved, Targets};
pub use run::{Subject, explain};
