use serde::Serialize;
use wasm_bindgen::JsValue;

/// A failure as the page gets it: a code that programs read and a sentence that people read.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: &'static str,
    message: String,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What a run that was cancelled ends with; JavaScript turns it into an `AbortError`.
    pub(crate) fn aborted() -> Self {
        Self::new("aborted", "The computation was cancelled.")
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        serde_wasm_bindgen::to_value(&failure).unwrap_or_else(|error| error.into())
    }
}

impl From<negah_network::Error> for Failure {
    fn from(error: negah_network::Error) -> Self {
        let code = match error {
            negah_network::Error::UnknownLayer { .. } | negah_network::Error::SeveralInputs(_) => "unknown-layer",
            _ => "bad-request",
        };
        Self::new(code, error.to_string())
    }
}

impl From<negah_attribution::Error> for Failure {
    fn from(error: negah_attribution::Error) -> Self {
        use negah_attribution::Error;
        let code = match error {
            Error::Network(error) => return error.into(),
            Error::UnknownMethod { .. } => "unknown-method",
            Error::UnknownParameter { .. } => "unknown-parameter",
            Error::BadParameter { .. } | Error::UnknownScore { .. } => "bad-parameter",
            Error::UnknownClass { .. } => "unknown-class",
            Error::NoTarget => "unknown-class",
            Error::FlatLayer { .. } | Error::NoLayer { .. } | Error::NotACut { .. } => "unknown-layer",
            Error::NoPicture => "bad-parameter",
            Error::Shape { .. } => "bad-request",
        };
        Self::new(code, error.to_string())
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
        Self::new(code, error.to_string())
    }
}

impl From<negah_zoo::UnknownClass> for Failure {
    fn from(error: negah_zoo::UnknownClass) -> Self {
        Self::new("unknown-class", error.to_string())
    }
}

impl From<negah_zoo::picture::PictureError> for Failure {
    fn from(error: negah_zoo::picture::PictureError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<negah_render::Error> for Failure {
    fn from(error: negah_render::Error) -> Self {
        let code = match error {
            negah_render::Error::UnknownColormap { .. } => "unknown-colormap",
            negah_render::Error::BadStyle { .. } => "bad-parameter",
            _ => "bad-request",
        };
        Self::new(code, error.to_string())
    }
}

impl From<serde_wasm_bindgen::Error> for Failure {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::new("bad-request", format!("The request cannot be read: {error}."))
    }
}
