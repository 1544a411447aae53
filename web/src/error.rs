use negah_network::Disagreement;

/// Why the session itself cannot answer. The other crates have their own errors.
#[derive(Debug, thiserror::Error)]
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "only a session fails in these ways"))]
pub(crate) enum Error {
    /// A run was cancelled; JavaScript turns it into an `AbortError`.
    #[error("The computation was cancelled.")]
    Aborted,
    #[error("The GPU cannot be used: {detail}. Choose the CPU.")]
    NoGpu { detail: String },
    #[error("The device stopped answering: {detail}.")]
    GpuLost { detail: String },
    #[error("The device stopped answering: {detail}.")]
    CpuLost { detail: String },
    #[error("The result cannot be read: {detail}.")]
    NoResult { detail: String },
    #[error(
        "The GPU reported an error while it computed, so the result is not shown: {detail} Try again, or choose the CPU."
    )]
    GpuFailed { detail: String },
    #[error("The GPU does not compute what the CPU computes: {0}. It is not used.")]
    GpuWrong(Disagreement),
    #[error("These weights belong to no known network. Known networks: {}.", known.join(", "))]
    NoNetwork { known: Vec<&'static str> },
    #[error("There is no model “{id}”. Known models: {}.", known.join(", "))]
    UnknownModel { id: String, known: Vec<&'static str> },
    #[error("No network is loaded yet: load one first.")]
    NoModel,
    #[error("A map has a shape of four numbers.")]
    MapShape,
    #[error("The progress cannot be reported: {detail}.")]
    Progress { detail: String },
    #[error("A partial result cannot be reported: {detail}.")]
    Partial { detail: String },
    #[error("Files cannot be read here: {detail}.")]
    NoFiles { detail: String },
    #[error("The file cannot be read: {detail}.")]
    File { detail: String },
    #[error("The request cannot be read: {detail}.")]
    Request { detail: String },
}

impl Error {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::NoGpu { .. } => "no-gpu",
            Self::GpuLost { .. } => "gpu-lost",
            Self::GpuFailed { .. } => "gpu-error",
            Self::GpuWrong(_) => "gpu-wrong",
            Self::CpuLost { .. } | Self::NoResult { .. } | Self::Progress { .. } | Self::Partial { .. } => {
                "worker-lost"
            }
            Self::NoNetwork { .. } => "unknown-weights",
            Self::UnknownModel { .. } => "unknown-model",
            Self::NoModel => "no-model",
            Self::File { .. } => "model-damaged",
            Self::MapShape | Self::NoFiles { .. } | Self::Request { .. } => "bad-request",
        }
    }
}
