//! What crosses between Rust and JavaScript, field by field as the page's API names it.

use std::collections::BTreeMap;

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use negah_attribution::{Choice, Info, Kind, LooksAt, Parameters, Shows, Value};
use negah_network::{LayerSummary, Network};
use negah_render::{Colormap, Drawing, Picture, Range};
use negah_zoo::Scored;
use negah_zoo::labels::Class;
use negah_zoo::picture::Crop;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::failure::Result;

/// A record as a plain JavaScript object; what is absent is `null`.
pub(crate) fn to_js(record: &impl Serialize) -> Result<JsValue> {
    Ok(record.serialize(
        &serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true),
    )?)
}

#[derive(Serialize)]
pub(crate) struct ModelRecord {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// Channels, height, width.
    pub(crate) input: [u32; 3],
    pub(crate) layer: &'static str,
}

#[derive(Serialize)]
pub(crate) struct MethodRecord {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    paper: PaperRecord,
    #[serde(rename = "looksAt")]
    looks_at: &'static str,
    shows: &'static str,
    parameters: Vec<ParameterRecord>,
}

#[derive(Serialize)]
struct PaperRecord {
    title: &'static str,
    authors: &'static str,
    url: &'static str,
}

/// A parameter; which of `min`, `max` and `choices` are there depends on `kind`.
#[derive(Serialize)]
struct ParameterRecord {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    unit: &'static str,
    kind: &'static str,
    default: ValueRecord,
    min: Option<f64>,
    max: Option<f64>,
    choices: Option<Vec<ChoiceRecord>>,
}

#[derive(Serialize)]
struct ChoiceRecord {
    id: &'static str,
    name: &'static str,
}

/// The value of a parameter.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum ValueRecord {
    Bool(bool),
    Number(f64),
    Text(String),
}

impl From<ValueRecord> for Value {
    fn from(value: ValueRecord) -> Self {
        match value {
            ValueRecord::Bool(value) => Self::Bool(value),
            ValueRecord::Number(value) => Self::Number(value),
            ValueRecord::Text(value) => Self::Text(value),
        }
    }
}

impl From<Value> for ValueRecord {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::Text(value) => Self::Text(value),
        }
    }
}

/// The parameters of a run, by id.
pub(crate) fn settings(parameters: &Parameters) -> BTreeMap<&'static str, ValueRecord> {
    parameters.iter().map(|(id, value)| (id, value.clone().into())).collect()
}

impl From<&negah_attribution::Parameter> for ParameterRecord {
    fn from(parameter: &negah_attribution::Parameter) -> Self {
        let (kind, min, max, choices): (_, _, _, Option<&[Choice]>) = match parameter.kind {
            Kind::Bool { .. } => ("bool", None, None, None),
            Kind::Whole { min, max, .. } => ("whole", Some(min.into()), Some(max.into()), None),
            Kind::Number { min, max, .. } => ("number", Some(min), Some(max), None),
            Kind::Choice { choices, .. } => ("choice", None, None, Some(choices)),
            Kind::Baseline { .. } => ("baseline", None, None, None),
        };
        let choice = |choice: &Choice| ChoiceRecord { id: choice.id, name: choice.name };
        let negah_attribution::Parameter { id, name, summary, unit, .. } = *parameter;
        let default = parameter.kind.default().into();
        let choices = choices.map(|choices| choices.iter().map(choice).collect());
        Self { id, name, summary, unit, kind, default, min, max, choices }
    }
}

pub(crate) fn shows(shows: Shows) -> &'static str {
    match shows {
        Shows::Heat => "heat",
        Shows::Signed => "signed",
        Shows::Channels => "channels",
    }
}

impl From<&'static Info> for MethodRecord {
    fn from(info: &'static Info) -> Self {
        let negah_attribution::Paper { title, authors, url } = info.paper;
        Self {
            id: info.id,
            name: info.name,
            summary: info.summary,
            paper: PaperRecord { title, authors, url },
            looks_at: match info.looks_at {
                LooksAt::Picture => "picture",
                LooksAt::Output => "output",
                LooksAt::Input => "input",
            },
            shows: shows(info.shows),
            parameters: info.parameters.iter().map(ParameterRecord::from).collect(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct LayerRecord {
    name: String,
    kind: &'static str,
    shape: Vec<usize>,
    parameters: usize,
    cut: bool,
    explainable: bool,
    /// Whether what enters it can stand for the picture; see `looksAt: 'input'`.
    #[serde(rename = "explainableInput")]
    explainable_input: bool,
    group: bool,
}

impl LayerRecord {
    pub(crate) fn new(network: &Network, layer: LayerSummary) -> Self {
        let count = |shape: &Vec<usize>| shape.iter().product::<usize>();
        let image_like = |entry| network.shape(entry).len() == 3;
        Self {
            explainable_input: layer.cut_input && network.entry(&layer.name).is_ok_and(image_like),
            explainable: layer.shape.len() == 3,
            parameters: layer.parameters.iter().map(|parameter| count(&parameter.shape)).sum(),
            name: layer.name,
            kind: layer.kind,
            shape: layer.shape,
            cut: layer.cut,
            group: layer.stage,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ClassRecord {
    index: usize,
    wnid: &'static str,
    name: &'static str,
}

impl From<&Class> for ClassRecord {
    fn from(class: &Class) -> Self {
        Self { index: class.index, wnid: class.wnid, name: class.name }
    }
}

#[derive(Clone, Serialize)]
pub(crate) struct ScoredClass {
    index: usize,
    wnid: &'static str,
    name: &'static str,
    logit: f32,
    probability: f32,
}

impl From<Scored> for ScoredClass {
    fn from(scored: Scored) -> Self {
        let Scored { class: Class { index, wnid, name, .. }, logit, probability } = scored;
        Self { index: *index, wnid, name, logit, probability }
    }
}

#[derive(Serialize)]
pub(crate) struct ColormapRecord {
    id: &'static str,
    name: &'static str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    stops: Uint8Array,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    alpha: Uint8Array,
    signed: bool,
}

impl From<&'static Colormap> for ColormapRecord {
    fn from(colormap: &'static Colormap) -> Self {
        let alpha: Vec<u8> = (0..256).map(|stop| colormap.alpha(stop as f32 / 255.0)).collect();
        Self {
            id: colormap.id,
            name: colormap.name,
            stops: Uint8Array::from(colormap.stops().as_slice()),
            alpha: Uint8Array::from(alpha.as_slice()),
            signed: colormap.signed,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct PictureRecord {
    width: u32,
    height: u32,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    rgba: Uint8ClampedArray,
}

impl PictureRecord {
    pub(crate) fn new(width: u32, height: u32, rgba: &[u8]) -> Self {
        Self { width, height, rgba: Uint8ClampedArray::from(rgba) }
    }
}

/// A coloured map, and the values at the two ends of its colours; `null` where the map is blank.
#[derive(Serialize)]
pub(crate) struct ColouredRecord {
    width: usize,
    height: usize,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    rgba: Uint8ClampedArray,
    range: Option<[f32; 2]>,
}

impl ColouredRecord {
    fn new(picture: &Picture, range: Option<Range>) -> Self {
        let Picture { width, height, ref data } = *picture;
        let range = range.map(|range| [range.low(), range.high()]);
        Self { width, height, rgba: Uint8ClampedArray::from(data.as_slice()), range }
    }

    /// The pictures of a drawing.
    pub(crate) fn all(drawing: &Drawing) -> Vec<Self> {
        let shown = |(picture, note): (_, &Option<_>)| Self::new(picture, drawing.range.filter(|_| note.is_none()));
        drawing.pictures.iter().zip(&drawing.notes).map(shown).collect()
    }
}

#[derive(Serialize)]
pub(crate) struct CropRecord {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl From<Crop> for CropRecord {
    fn from(Crop { x, y, width, height }: Crop) -> Self {
        Self { x, y, width, height }
    }
}

#[derive(Serialize)]
pub(crate) struct PredictionRecord {
    pub(crate) classes: Vec<ScoredClass>,
    pub(crate) picture: PictureRecord,
    pub(crate) crop: CropRecord,
}

#[derive(Serialize)]
pub(crate) struct MeasureRecord {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) values: Vec<f32>,
}

/// Typed arrays one after another.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Floats(#[serde(with = "serde_wasm_bindgen::preserve")] Float32Array);

impl From<&[f32]> for Floats {
    fn from(values: &[f32]) -> Self {
        Self(Float32Array::from(values))
    }
}

#[derive(Serialize)]
pub(crate) struct Explanation {
    pub(crate) values: Floats,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
    pub(crate) min: Option<f32>,
    pub(crate) max: Option<f32>,
    pub(crate) maps: Vec<Floats>,
    pub(crate) pictures: Vec<ColouredRecord>,
    pub(crate) notes: Vec<Option<String>>,
    pub(crate) targets: Vec<ScoredClass>,
    pub(crate) layer: Option<String>,
    pub(crate) method: &'static str,
    pub(crate) shows: &'static str,
    pub(crate) colormap: &'static str,
    pub(crate) score: &'static str,
    pub(crate) parameters: BTreeMap<&'static str, ValueRecord>,
    pub(crate) variance: Option<Floats>,
    pub(crate) measures: Vec<MeasureRecord>,
    pub(crate) order: Option<Vec<usize>>,
}

/// What the page asks to have explained. Whatever is left out has a sensible default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainOptions {
    pub(crate) method: Option<String>,
    pub(crate) target: Option<TargetsOption>,
    pub(crate) score: Option<String>,
    pub(crate) layer: Option<String>,
    pub(crate) parameters: Option<BTreeMap<String, ValueRecord>>,
    pub(crate) batch: Option<usize>,
    pub(crate) style: Option<StyleOptions>,
}

/// How it is to be drawn.
#[derive(Clone, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct StyleOptions {
    pub(crate) colormap: Option<String>,
    pub(crate) channels: Option<String>,
    pub(crate) percentile: Option<f64>,
    pub(crate) tiles: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum TargetsOption {
    One(TargetOption),
    Several(Vec<TargetOption>),
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum TargetOption {
    Index(f64),
    Name(String),
}

impl TargetOption {
    /// What is asked for, as one would type it.
    pub(crate) fn asked(self) -> String {
        match self {
            Self::Index(index) => index.to_string(),
            Self::Name(name) => name,
        }
    }
}
