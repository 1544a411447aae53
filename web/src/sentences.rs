//! A key for each sentence of the module, and the values in it, so that other languages can say it.
//!
//! The English sentence is written beside its error. Other languages have theirs under
//! `module.errors` or `module.notes` of their file in `www/locales`. A reason from a library, or
//! from the readers of weight files, stays in English as the value `detail`.

use negah_attribution::{Baseline, BlankReason, Error as AttributionError, Kind, MOST_TARGETS, Setting};
use negah_explain::{Blank, Error as ExplainError, UnknownClass};
use negah_network::{Disagreement, Error as NetworkError, GRADIENTS_MAY_DIFFER, SCORES_MAY_DIFFER, some};
use negah_picture::{
    FileKind, MAX_BYTES, MAX_JPEG_BLOCKS, MAX_PIXELS, MIN_SIDE, PictureError, UnsupportedFormat, megapixels,
};
use negah_render::{COLORMAPS, ChannelReduction, Error as RenderError, MAX_PIXELS as MAX_DRAWN, NoRange, StyleOptions};
use negah_weights::WeightsError;
use negah_zoo::{Error as ZooError, Mismatch};
use serde::{Serialize, Serializer};

use crate::error::Error as SessionError;

/// A sentence by its key, and the values in it.
#[derive(Debug)]
pub(crate) struct Sentence {
    pub(crate) key: &'static str,
    pub(crate) values: Values,
}

/// Values by their names.
#[derive(Debug)]
pub(crate) struct Values(Vec<(&'static str, Value)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A number, which each language formats in its own digits, or a text, which stays as it is.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Number(f64),
    Text(String),
}

/// Gives an error or a note its sentences: one line for each variant, or several if a variant has
/// more than one sentence. In tests, the constant holds every key with the names of its values.
macro_rules! sentences {
    ($said:ident $(through $($inner:ident)+)?, $keys:ident: $(
        $variant:ident $({ $($field:tt)* })? $(( $($bound:tt)* ))? $(if $guard:expr)?
            => $key:literal { $($name:ident $(: $value:expr)?),* }
    )*) => {
        impl From<$said> for Sentence {
            fn from(said: $said) -> Self {
                let (key, values) = match said {
                    $($($said::$inner(inner) => return inner.into(),)+)?
                    $($said::$variant $({ $($field)* })? $(( $($bound)* ))? $(if $guard)? => {
                        ($key, vec![$((stringify!($name), value!($name $(, $value)?))),*])
                    })*
                };
                Self { key, values: Values(values) }
            }
        }

        #[cfg(test)]
        const $keys: Keys = &[$(($key, &[$(stringify!($name)),*])),*];
    };
}

/// The value of the variable of this name, or a computed value.
macro_rules! value {
    ($name:ident) => {
        Value::from($name)
    };
    ($name:ident, $value:expr) => {
        Value::from($value)
    };
}

#[cfg(test)]
type Keys = &'static [(&'static str, &'static [&'static str])];

sentences! { SessionError, SESSION:
    Aborted => "aborted" {}
    NoGpu { detail } => "gpu-refused" { detail }
    GpuLost { detail } => "gpu-lost" { detail }
    CpuLost { detail } => "cpu-lost" { detail }
    NoResult { detail } => "no-result" { detail }
    GpuFailed { detail } => "gpu-failed" { detail }
    GpuWrong(Disagreement::Scores(difference))
        => "gpu-wrong-scores" { difference: rounded(difference), allowed: rounded(SCORES_MAY_DIFFER) }
    GpuWrong(Disagreement::Gradient(difference))
        => "gpu-wrong-gradient" { difference: rounded(difference), allowed: rounded(GRADIENTS_MAY_DIFFER) }
    NoNetwork { known } => "no-such-network" { known: known.join(", ") }
    UnknownModel { id, known } => "unknown-model" { id, known: known.join(", ") }
    NoModel => "nothing-loaded" {}
    MapShape => "map-shape" {}
    Progress { detail } => "progress-untold" { detail }
    Partial { detail } => "partial-untold" { detail }
    NoFiles { detail } => "no-files" { detail }
    File { detail } => "file-unreadable" { detail }
    Request { detail } => "request-unreadable" { detail }
}

sentences! { NetworkError, NETWORK:
    UnknownLayer { name, known } => "unknown-layer" { layer: name, known: some(&known) }
    OtherNetwork => "other-network" {}
    SeveralInputs(layer) => "several-inputs" { layer }
    DuplicateName(layer) => "duplicate-layer" { layer }
    Build { layer, reason } => "layer-not-built" { layer, detail: reason }
    Model { model, reason } => "model-misfit" { model, detail: reason }
    Shape { layer, expected, got } => "layer-shape" { layer, expected: shape(&expected), got: shape(&got) }
    Unfed(layer) => "layer-not-fed" { layer }
    NotFetched(layer) => "layer-not-fetched" { layer }
    NotRecorded(layer) => "layer-not-recorded" { layer }
    NoPath { of, wrt } => "no-path" { of, wrt }
    FedTwice(layer) => "layer-fed-twice" { layer }
    TooLarge { layer, shape: example, batch } => "batch-too-large" { layer, shape: shape(&example), batch }
    Rank { expected, got } => "tensor-rank" { expected, got: shape(&got) }
    Value(detail) => "values-mismatch" { detail }
    Compute { layer, source } => "layer-not-computed" { layer, detail: source.to_string() }
}

sentences! { AttributionError through Network, ATTRIBUTION:
    UnknownMethod { id, known } => "unknown-method" { id, known: known.join(", ") }
    UnknownParameter { method, parameter, known } if known.is_empty() => "no-parameters" { method, parameter }
    UnknownParameter { method, parameter, known }
        => "unknown-parameter" { method, parameter, known: known.join(", ") }
    BadParameter { parameter, kind: Kind::Bool { .. }, got } => "parameter-bool" { parameter, got }
    BadParameter { parameter, kind: Kind::Whole { min, max, .. }, got }
        => "parameter-whole" { parameter, min, max, got }
    BadParameter { parameter, kind: Kind::Number { min, max, .. }, got }
        => "parameter-number" { parameter, min, max, got }
    BadParameter { parameter, kind: Kind::Choice { choices, .. }, got } => "parameter-choice" {
        parameter, known: choices.iter().map(|choice| choice.id).collect::<Vec<_>>().join(", "), got
    }
    BadParameter { parameter, kind: Kind::Baseline { .. }, got }
        => "parameter-baseline" { parameter, known: Baseline::WORDS.join(", "), got }
    BadParameter { parameter, kind: Kind::Size { min, max, .. }, got } => "parameter-size" { parameter, min, max, got }
    StrideBeyondWindow { window, stride } => "stride-beyond-window" { window: size(window), stride: size(stride) }
    OtherParameters { method, got } => "other-parameters" { method, got }
    UnknownScore { id, known } => "unknown-score" { score: id, known: known.join(", ") }
    UnknownClass { class, classes } => "class-beyond" { class, classes }
    NoTarget => "no-target" {}
    TooManyTargets { count, most } => "too-many-maps" { count, most }
    FlatLayer { method, layer, shape: flat } => "flat-layer" { method, layer, shape: shape(&flat) }
    ChannelsLast { method, layer, shape: last } => "layer-channels-last" { method, layer, shape: shape(&last) }
    ForeignTrace => "foreign-trace" {}
    NoLayer { method, layer } => "layer-not-taken" { method, layer }
    NotACut { method, layer, known } => "not-a-cut" { method, layer, known: known.join(", ") }
    NoPicture => "no-baseline-picture" {}
    Shape { expected, got, .. } => "tensor-shape" { expected: shape(&expected), got: shape(&got) }
    Channels { expected, got } => "pixel-channels" { expected, got }
    StreamOffset { pictures } => "stream-offset" { pictures }
    UnknownShare { share, shares } => "unknown-share" { share, shares }
    ForeignPartial { share, reason } => "foreign-partial" { share, detail: reason }
}

sentences! { ZooError through Network Weights, ZOO:
    Mismatch(found) if found.looks_like.is_some() => "weights-look-like" {
        model: found.model, other: found.looks_like.unwrap_or_default(),
        missing: found.missing.count, surplus: found.surplus.count, misshapen: found.misshapen.count,
        examples: examples(&found)
    }
    Mismatch(found) => "weights-mismatch" {
        model: found.model,
        missing: found.missing.count, surplus: found.surplus.count, misshapen: found.misshapen.count,
        examples: examples(&found)
    }
    NegativeVariance { tensor, count } => "weights-negative-variance" { tensor, count }
}

sentences! { WeightsError, WEIGHTS:
    Io(error) => "weights-unreadable" { detail: error.to_string() }
    Unknown => "weights-unknown" {}
    Damaged(detail) => "weights-damaged" { detail }
    Unsupported(detail) => "weights-unsupported" { detail }
    Code(name) => "weights-code" { name }
    NotFinite(tensor) => "weights-not-finite" { tensor }
    Missing(tensor) => "weights-missing" { tensor }
    Shape { name, expected, got } => "weights-shape" { tensor: name, expected: shape(&expected), got: shape(&got) }
    Npy(detail) => "array-unreadable" { detail }
    Kind { name, got } => "weights-kind" { tensor: name, got }
}

sentences! { UnknownClass, CLASSES:
    Number { asked, last } => "class-number" { asked, last }
    Name { asked, classes, best } => "class-name" { asked, classes, best: best.join(", ") }
    Shared { asked, classes } => "class-shared" { asked, classes: classes.join(", ") }
    TooMany { asked } => "too-many-classes" { asked, most: MOST_TARGETS }
}

sentences! { ExplainError through Network Attribution Class Render Array, EXPLAIN:
    EmptyBatch => "empty-batch" {}
    UnknownCrop { id, known } => "unknown-framing" { id, known: known.join(", ") }
    LargeBackground { most } => "large-background" { most }
    NoMap { method } => "no-map" { method }
    ArrayShape { got, channels, height, width } => "array-shape" { got: shape(&got), channels, height, width }
    MapSizes => "map-sizes" {}
    Read(detail) => "result-unread" { detail }
    Record(detail) => "record-unwritten" { detail }
}

sentences! { PictureError, PICTURES:
    Empty => "empty-file" {}
    NotAnImage { found: FileKind::Text } => "not-an-image-text" {}
    NotAnImage { found: FileKind::Archive } => "not-an-image-archive" {}
    NotAnImage { found: FileKind::Video } => "not-an-image-video" {}
    NotAnImage { found: FileKind::Other } => "not-an-image" {}
    Unsupported { found: UnsupportedFormat::Format(format) } => "unsupported-format" { format }
    Unsupported { found: UnsupportedFormat::Heic } => "unsupported-heic" {}
    Unsupported { found: UnsupportedFormat::Raw } => "unsupported-raw" {}
    Unsupported { found: UnsupportedFormat::TiffOrRaw } => "unsupported-tiff-or-raw" {}
    Unsupported { found: UnsupportedFormat::Photoshop } => "unsupported-photoshop" {}
    Unsupported { found: UnsupportedFormat::Pdf } => "unsupported-pdf" {}
    Unsupported { found: UnsupportedFormat::Svg } => "unsupported-svg" {}
    Unsupported { found: UnsupportedFormat::Icon } => "unsupported-icon" {}
    Unsupported { found: UnsupportedFormat::Variant(format) } => "unsupported-rare" { format }
    Unsupported { found: UnsupportedFormat::FloatingPoint } => "unsupported-floating-point" {}
    Truncated { format, bytes } => "truncated-image" { format, bytes }
    Damaged { format, bytes } => "damaged-image" { format, bytes }
    TooSmall { width, height } => "image-too-small" { min: MIN_SIDE, width, height }
    TooLarge { width, height } => "image-too-large" {
        max: MAX_PIXELS / 1_000_000, width, height, megapixels: megapixels(width, height)
    }
    TooMuchMemory { width, height, bits } => "image-too-much-memory" { max: MAX_BYTES >> 20, width, height, bits }
    TooManyScans { width, height, scans } => "image-too-many-scans" {
        max: MAX_JPEG_BLOCKS / 1_000_000, width, height, scans
    }
}

sentences! { RenderError, RENDER:
    WrongLength { values, width, height } => "map-length" { values, width, height }
    EmptySize { width, height } => "map-empty" { width, height }
    TooLarge { width, height } => "map-too-large" { max: MAX_DRAWN, width, height }
    UnknownJoin { got } => "unknown-join" { known: ChannelReduction::ALL.map(|(id, _)| id).join(", "), got }
    UnknownTiles { got } => "unknown-tiles" { known: StyleOptions::TILES.join(", "), got }
    BadPercentile { got } => "bad-percentile" { got }
    UnknownChannel { channel, channels } => "unknown-channel" { channel, channels }
    LongOrder { got, channels } => "long-order" { got, channels }
    UnknownColormap { id }
        => "unknown-colormap" { id, known: COLORMAPS.iter().map(|map| map.id).collect::<Vec<_>>().join(", ") }
}

impl From<Blank> for Sentence {
    fn from(blank: Blank) -> Self {
        match blank {
            Blank::Cause(reason) => reason.into(),
            Blank::Values(note) => note.into(),
        }
    }
}

sentences! { BlankReason, REASONS:
    SaturatedScore => "saturated-score" {}
    SameAsBaseline => "same-as-baseline" {}
    ZeroInput => "zero-input" {}
    NoNoise => "no-noise" {}
    OneSample => "one-sample" {}
}

sentences! { NoRange, NOTES:
    Zero => "zero" {}
    Constant(value) => "constant" { value }
    NotFinite { count, total } => "not-finite" { count, total }
}

/// Numbers of any type. JavaScript's are exact up to 2⁵³, above all numbers here.
macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(number as f64)
            }
        })*
    };
}

numbers!(u32 u64 usize f32 f64);

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Setting> for Value {
    fn from(setting: Setting) -> Self {
        match setting {
            Setting::Bool(value) => Self::Text(value.to_string()),
            Setting::Number(number) => Self::Number(number),
            Setting::Text(text) => Self::Text(text),
        }
    }
}

/// A shape for people: 3 × 224 × 224.
fn shape(sides: &[usize]) -> String {
    sides.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

/// A side in pixels, or height and width if they differ.
fn size([height, width]: [usize; 2]) -> String {
    if height == width { height.to_string() } else { format!("{height} × {width}") }
}

/// Rounds a difference to two digits.
fn rounded(number: f32) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(f64::NAN)
}

/// The names of tensors that do not fit.
fn examples(found: &Mismatch) -> String {
    let names = found.missing.first.iter().chain(&found.surplus.first);
    let names = names.chain(found.misshapen.first.iter().map(|tensor| &tensor.name));
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
