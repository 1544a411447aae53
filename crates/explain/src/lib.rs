//! One request, from its text form to its record.

mod prediction;

pub use prediction::{Prediction, Scored, UnknownClass};
