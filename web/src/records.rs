//! What crosses between Rust and JavaScript, field by field as the page's API names it.

use std::collections::BTreeMap;

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use negah_attribution::{Info, Kind, Value};
use negah_network::LayerSummary;
use negah_render::{Colormap, Map, Range};
use negah_zoo::labels::Class;
use negah_zoo::picture::Crop;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::failure::Result;

/// A record as a plain JavaScript object; what is absent is `null`.
pub(crate) fn to_js(record: &impl Serialize) -> Result<JsValue> {
    Ok(record.serialize(&serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true))?)
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
    parameters: Vec<ParameterRecord>,
}

#[derive(Serialize)]
struct PaperRecord {
    title: &'static str,
    authors: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct ParameterRecord {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    kind: &'static str,
    default: bool,
}

impl From<&'static Info> for MethodRecord {
    fn from(info: &'static Info) -> Self {
        let parameter = |parameter: &negah_attribution::Parameter| {
            let Kind::Bool { default } = parameter.kind;
            let negah_attribution::Parameter { id, name, summary, .. } = *parameter;
            ParameterRecord { id, name, summary, kind: "bool", default }
        };
        let negah_attribution::Paper { title, authors, url } = info.paper;
        Self {
            id: info.id,
            name: info.name,
            summary: info.summary,
            paper: PaperRecord { title, authors, url },
            parameters: info.parameters.iter().map(parameter).collect(),
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
    group: bool,
}

impl From<LayerSummary> for LayerRecord {
    fn from(layer: LayerSummary) -> Self {
        let count = |shape: &Vec<usize>| shape.iter().product::<usize>();
        Self {
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

#[derive(Serialize)]
pub(crate) struct ScoredClass {
    pub(crate) index: usize,
    pub(crate) wnid: &'static str,
    pub(crate) name: &'static str,
    pub(crate) logit: f32,
    pub(crate) probability: f32,
}

#[derive(Serialize)]
pub(crate) struct ColormapRecord {
    id: &'static str,
    name: &'static str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    stops: Uint8Array,
}

impl From<&'static Colormap> for ColormapRecord {
    fn from(colormap: &'static Colormap) -> Self {
        Self { id: colormap.id, name: colormap.name, stops: Uint8Array::from(colormap.stops().as_slice()) }
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
    width: u32,
    height: u32,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    rgba: Uint8ClampedArray,
    range: Option<[f32; 2]>,
}

impl ColouredRecord {
    /// `map` at `width` × `height` pixels.
    pub(crate) fn new(map: &Map, width: u32, height: u32, colormap: &Colormap) -> Result<Self> {
        let picture = negah_render::rgba(map, width as usize, height as usize, colormap)?;
        let range = Range::of(map, colormap.signed).ok().map(|range| [range.low(), range.high()]);
        Ok(Self { width, height, rgba: Uint8ClampedArray::from(picture.data.as_slice()), range })
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
pub(crate) struct Prediction {
    pub(crate) classes: Vec<ScoredClass>,
    pub(crate) picture: PictureRecord,
    pub(crate) crop: CropRecord,
}

#[derive(Serialize)]
pub(crate) struct Explanation {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) values: Float32Array,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) min: Option<f32>,
    pub(crate) max: Option<f32>,
    pub(crate) picture: ColouredRecord,
    pub(crate) target: ScoredClass,
    pub(crate) layer: String,
    pub(crate) method: &'static str,
    pub(crate) colormap: &'static str,
    pub(crate) note: Option<String>,
}

/// What the page asks to have explained. Whatever is left out has a sensible default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainOptions {
    pub(crate) method: Option<String>,
    pub(crate) target: Option<TargetOption>,
    pub(crate) score: Option<ScoreOption>,
    pub(crate) layer: Option<String>,
    pub(crate) colormap: Option<String>,
    pub(crate) parameters: Option<BTreeMap<String, ValueOption>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum TargetOption {
    Index(f64),
    Name(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ScoreOption {
    Logit,
    Probability,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum ValueOption {
    Bool(bool),
    Number(f64),
    Text(String),
}

impl From<ValueOption> for Value {
    fn from(value: ValueOption) -> Self {
        match value {
            ValueOption::Bool(value) => Self::Bool(value),
            ValueOption::Number(value) => Self::Number(value),
            ValueOption::Text(value) => Self::Text(value),
        }
    }
}
