use serde::Serialize;

use crate::error::Error;
use crate::sentences::{Sentence, Values};

/// A failure as the page gets it: a code for programs, an English sentence for people, and the key
/// and values of that sentence for other languages.
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
            Error::UnknownClass { .. } | Error::NoTarget | Error::TooManyTargets { .. } => "unknown-class",
            Error::FlatLayer { .. } | Error::ChannelsLast { .. } | Error::NoLayer { .. } | Error::NotACut { .. } => {
                "unknown-layer"
            }
            Error::BadParameter { .. }
            | Error::StrideBeyondWindow { .. }
            | Error::UnknownScore { .. }
            | Error::NoPicture => "bad-parameter",
            _ => "bad-request",
        };
        Self::new(code, error)
    }
}

impl From<negah_weights::WeightsError> for Failure {
    fn from(error: negah_weights::WeightsError) -> Self {
        use negah_weights::WeightsError;
        let code = match error {
            WeightsError::Unknown => "unknown-weights",
            WeightsError::Missing(_) | WeightsError::Shape { .. } => "other-weights",
            _ => "model-damaged",
        };
        Self::new(code, error)
    }
}

impl From<negah_zoo::Error> for Failure {
    fn from(error: negah_zoo::Error) -> Self {
        use negah_zoo::Error;
        match error {
            Error::Weights(error) => error.into(),
            Error::Network(error) => error.into(),
            Error::Mismatch(_) => Self::new("other-weights", error),
            Error::NegativeVariance { .. } => Self::new("model-damaged", error),
        }
    }
}

impl From<negah_explain::UnknownClass> for Failure {
    fn from(error: negah_explain::UnknownClass) -> Self {
        Self::new("unknown-class", error)
    }
}

impl From<negah_explain::Error> for Failure {
    fn from(error: negah_explain::Error) -> Self {
        use negah_explain::Error;
        let code = match error {
            Error::Network(error) => return error.into(),
            Error::Attribution(error) => return error.into(),
            Error::Class(error) => return error.into(),
            Error::Render(error) => return error.into(),
            Error::Array(error) => return error.into(),
            Error::EmptyBatch | Error::UnknownCrop { .. } | Error::LargeBackground { .. } => "bad-parameter",
            Error::Read(_) => "worker-lost",
            Error::NoMap { .. } | Error::ArrayShape { .. } | Error::MapSizes | Error::Record(_) => "bad-request",
        };
        Self::new(code, error)
    }
}

impl From<negah_picture::PictureError> for Failure {
    fn from(error: negah_picture::PictureError) -> Self {
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
