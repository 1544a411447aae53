use serde::Serialize;

use crate::error::Error;
use crate::sentences::{Sentence, Values};

/// A failure as the page gets it: a code that programs read, a sentence that people read, and what it takes to say
/// that sentence in another language.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: &'static str,
    message: String,
    key: &'static str,
    values: Values,
}

#[cfg(target_arch = "wasm32")]
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    fn new(code: &'static str, error: impl ToString + Into<Sentence>) -> Self {
        let message = error.to_string();
        let Sentence { key, values } = error.into();
        Self { code, message, key, values }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error)
    }
}

impl From<negah_network::Error> for Failure {
    fn from(error: negah_network::Error) -> Self {
        let code = match error {
            negah_network::Error::UnknownLayer { .. } | negah_network::Error::SeveralInputs(_) => "unknown-layer",
            _ => "bad-request",
        };
        Self::new(code, error)
    }
}

impl From<negah_attribution::Error> for Failure {
    fn from(error: negah_attribution::Error) -> Self {
        use negah_attribution::Error;
        let code = match error {
            Error::Network(error) => return error.into(),
            Error::UnknownMethod { .. } => "unknown-method",
            Error::UnknownParameter { .. } => "unknown-parameter",
            Error::BadParameter { .. } | Error::StrideBeyondWindow { .. } | Error::UnknownScore { .. } => {
                "bad-parameter"
            }
            Error::UnknownClass { .. } => "unknown-class",
            Error::NoTarget => "unknown-class",
            Error::FlatLayer { .. } | Error::NoLayer { .. } | Error::NotACut { .. } => "unknown-layer",
            Error::NoPicture => "bad-parameter",
            Error::Shape { .. } => "bad-request",
        };
        Self::new(code, error)
    }
}

impl From<negah_zoo::WeightsError> for Failure {
    fn from(error: negah_zoo::WeightsError) -> Self {
        use negah_zoo::WeightsError;
        let code = match error {
            WeightsError::Unknown => "unknown-weights",
            WeightsError::Mismatch(_) | WeightsError::Missing(_) | WeightsError::Shape { .. } => "other-weights",
            _ => "model-damaged",
        };
        Self::new(code, error)
    }
}

impl From<negah_zoo::UnknownClass> for Failure {
    fn from(error: negah_zoo::UnknownClass) -> Self {
        Self::new("unknown-class", error)
    }
}

impl From<negah_zoo::picture::PictureError> for Failure {
    fn from(error: negah_zoo::picture::PictureError) -> Self {
        Self::new(error.code(), error)
    }
}

impl From<negah_render::Error> for Failure {
    fn from(error: negah_render::Error) -> Self {
        use negah_render::Error;
        let code = match error {
            Error::UnknownColormap { .. } => "unknown-colormap",
            Error::UnknownJoin { .. } | Error::UnknownTiles { .. } | Error::BadPercentile { .. } => "bad-parameter",
            _ => "bad-request",
        };
        Self::new(code, error)
    }
}
