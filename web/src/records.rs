//! What crosses between Rust and JavaScript, field by field as the page's API names it.

use std::collections::BTreeMap;

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use negah_attribution::{Parameters, Shows, Value};
use negah_network::{LayerSummary, Layout, Network, ReferenceSummary};
use negah_render::{Colormap, Drawing, Picture, Range, StyleOptions};
use negah_zoo::labels::Class;
use negah_zoo::picture::Crop;
use negah_zoo::{Model, Scored};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::failure::{Failure, Result};
use crate::sentences::Values;

/// A record as a plain JavaScript object; what is absent is `null`.
pub(crate) fn to_js(record: &impl Serialize) -> Result<JsValue> {
    Ok(plain(record)?)
}

fn plain(record: &impl Serialize) -> std::result::Result<JsValue, serde_wasm_bindgen::Error> {
    record.serialize(
        &serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true),
    )
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        plain(&failure).unwrap_or_else(|error| error.into())
    }
}

impl From<serde_wasm_bindgen::Error> for Failure {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Error::Request { detail: error.to_string() }.into()
    }
}

#[derive(Serialize)]
pub(crate) struct ModelRecord {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// Channels, height, width.
    pub(crate) input: [u32; 3],
    pub(crate) layer: &'static str,
    pub(crate) weights: WeightsRecord,
}

/// Which files a reader can bring, in words, and how large they are.
#[derive(Serialize)]
pub(crate) struct WeightsRecord {
    pub(crate) words: &'static str,
    pub(crate) megabytes: u32,
}

impl From<&'static Model> for ModelRecord {
    fn from(model: &'static Model) -> Self {
        let (height, width) = model.preprocessing.size;
        let (words, megabytes) = model.weights;
        let weights = WeightsRecord { words, megabytes };
        Self { id: model.id, name: model.name, input: [3, height, width], layer: model.layer, weights }
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
    /// Its number in the reference implementation's own list, where it has one.
    index: Option<usize>,
}

impl LayerRecord {
    /// The layers of a network, in order.
    pub(crate) fn all(network: &Network) -> Vec<Self> {
        let reference = network.reference_summary();
        let index = |name: &str| reference.iter().position(|other| other.name == name);
        network.summary().into_iter().map(|layer| Self::new(network, index(&layer.name), layer)).collect()
    }

    fn new(network: &Network, index: Option<usize>, layer: LayerSummary) -> Self {
        let spatial = |entry| network.layout(entry).is_ok_and(|layout| layout == Layout::Spatial);
        Self {
            explainable_input: layer.cut_input && network.entry(&layer.name).is_ok_and(spatial),
            explainable: layer.layout == Layout::Spatial,
            parameters: values_of(&layer),
            name: layer.name,
            kind: layer.kind,
            shape: layer.shape,
            cut: layer.cut,
            group: layer.stage,
            index,
        }
    }
}

/// A line of a network's summary: the reference implementation's own where it has one, else one a layer.
#[derive(Serialize)]
pub(crate) struct SummaryRecord {
    name: String,
    kind: &'static str,
    shape: Vec<usize>,
    parameters: usize,
}

impl SummaryRecord {
    pub(crate) fn all(network: &Network) -> Vec<Self> {
        let reference = network.reference_summary();
        if !reference.is_empty() {
            let line = |ReferenceSummary { name, kind, shape, parameters, .. }| Self { name, kind, shape, parameters };
            return reference.into_iter().map(line).collect();
        }
        let line = |layer: LayerSummary| Self {
            parameters: values_of(&layer),
            name: layer.name,
            kind: layer.kind,
            shape: layer.shape,
        };
        network.summary().into_iter().filter(|layer| !layer.alias).map(line).collect()
    }
}

/// How many values a layer's parameters have.
fn values_of(layer: &LayerSummary) -> usize {
    layer.parameters.iter().map(|parameter| parameter.shape.iter().product::<usize>()).sum()
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
    /// The notes' keys and values, for those who say them in another language.
    #[serde(rename = "noteKeys")]
    pub(crate) note_keys: Vec<Option<&'static str>>,
    #[serde(rename = "noteValues")]
    pub(crate) note_values: Vec<Option<Values>>,
    pub(crate) targets: Vec<ScoredClass>,
    pub(crate) layer: Option<String>,
    pub(crate) method: &'static str,
    pub(crate) shows: Shows,
    pub(crate) colormap: &'static str,
    pub(crate) score: &'static str,
    pub(crate) parameters: Parameters,
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
    pub(crate) parameters: Option<BTreeMap<String, Value>>,
    pub(crate) batch: Option<usize>,
    pub(crate) style: Option<StyleOptions>,
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
