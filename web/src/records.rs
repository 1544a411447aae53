//! The records that cross between Rust and JavaScript, with the field names of the page's API.

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use negah_attribution::{MapKind, Parameters};
use negah_explain::numpy::Array;
use negah_explain::{Explanation, MeasureValues};
use negah_network::{Class, LayerSummary, Layout, Network, ReferenceSummary};
use negah_picture::Crop;
use negah_render::{Colormap, Image, Range, RenderedExplanation};
use negah_zoo::Architecture;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::failure::{Failure, Result};
use crate::photograph::Photograph;
use crate::sentences::{Sentence, Values};

/// A record as a plain JavaScript object, with `null` for `None`.
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

/// The weight files that a model takes, in words, and their size.
#[derive(Serialize)]
pub(crate) struct WeightsRecord {
    pub(crate) words: &'static str,
    pub(crate) megabytes: u32,
}

impl From<&'static Architecture> for ModelRecord {
    fn from(architecture: &'static Architecture) -> Self {
        let Architecture { id, name, layer, size: (height, width), weights: (words, megabytes), .. } = *architecture;
        Self { id, name, input: [3, height, width], layer, weights: WeightsRecord { words, megabytes } }
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
    /// Whether methods with `looksAt: 'input'` accept the layer.
    #[serde(rename = "explainableInput")]
    explainable_input: bool,
    /// Whether the name stands for several layers, the last of which it is.
    group: bool,
    /// Whether it is one of the few names that outline the network.
    stage: bool,
    /// Its number in the list of the reference implementation, if it has one.
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
            group: layer.alias,
            stage: layer.stage,
            index,
        }
    }
}

/// A line of a network's summary: of the reference implementation's list if there is one, otherwise
/// one for each layer.
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

/// The number of values of a layer's parameters.
fn values_of(layer: &LayerSummary) -> usize {
    layer.parameters.iter().map(|parameter| parameter.shape.iter().product::<usize>()).sum()
}

#[derive(Serialize)]
pub(crate) struct ClassRecord<'a> {
    index: usize,
    wnid: &'a str,
    name: &'a str,
}

impl<'a> From<&'a Class> for ClassRecord<'a> {
    fn from(class: &'a Class) -> Self {
        Self { index: class.index, wnid: &class.id, name: &class.name }
    }
}

pub(crate) use negah_explain::record::ScoredClass;

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

/// A coloured map, and the values at the two ends of its colours; `null` if the map is blank.
#[derive(Serialize)]
pub(crate) struct ColouredRecord {
    width: usize,
    height: usize,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    rgba: Uint8ClampedArray,
    range: Option<[f32; 2]>,
}

impl ColouredRecord {
    fn new(picture: &Image, range: Option<Range>) -> Self {
        let Image { width, height, ref data } = *picture;
        let range = range.map(|range| [range.low(), range.high()]);
        Self { width, height, rgba: Uint8ClampedArray::from(data.as_slice()), range }
    }

    /// The pictures of a drawing.
    pub(crate) fn all(drawing: &RenderedExplanation) -> Vec<Self> {
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

/// Values as a typed array.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Floats(#[serde(with = "serde_wasm_bindgen::preserve")] Float32Array);

impl From<&[f32]> for Floats {
    fn from(values: &[f32]) -> Self {
        Self(Float32Array::from(values))
    }
}

#[derive(Serialize)]
struct MeasureRecord {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    values: Vec<f32>,
}

impl From<&MeasureValues> for MeasureRecord {
    fn from(MeasureValues { id, name, summary, values }: &MeasureValues) -> Self {
        Self { id, name, summary, values: values.clone() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplanationRecord<'a> {
    values: Floats,
    width: usize,
    height: usize,
    channels: usize,
    min: Option<f32>,
    max: Option<f32>,
    maps: Vec<Floats>,
    pictures: Vec<ColouredRecord>,
    notes: Vec<Option<String>>,
    /// The keys and values of the notes, for other languages.
    note_keys: Vec<Option<&'static str>>,
    note_values: Vec<Option<Values>>,
    targets: Vec<ScoredClass>,
    layer: Option<&'a str>,
    method: &'static str,
    shows: MapKind,
    colormap: &'static str,
    /// How channels were joined to the maps.
    join: &'static str,
    score: &'static str,
    parameters: &'a Parameters,
    batch: usize,
    variance: Option<Floats>,
    measures: Vec<MeasureRecord>,
    order: Option<&'a [usize]>,
}

impl<'a> ExplanationRecord<'a> {
    pub(crate) fn new(explanation: &'a Explanation, photograph: &Photograph) -> Self {
        let Explanation { info, shape: [_, channels, height, width], drawing, blank, .. } = explanation;
        let (min, max) = explanation.all_extremes().unzip();
        let sentences: Vec<Option<Sentence>> = blank.iter().map(|blank| blank.map(Sentence::from)).collect();
        let answer = photograph.answer.borrow();
        let prediction = answer.as_ref().map(|answer| &answer.prediction);
        let scored = |class: &usize| prediction?.scored(*class).map(ScoredClass::from);
        Self {
            values: explanation.values.as_slice().into(),
            width: *width,
            height: *height,
            channels: *channels,
            min,
            max,
            maps: drawing.maps.iter().map(|map| Floats::from(map.values())).collect(),
            pictures: ColouredRecord::all(drawing),
            notes: blank.iter().map(|blank| blank.map(|blank| blank.to_string())).collect(),
            note_keys: sentences.iter().map(|note| note.as_ref().map(|note| note.key)).collect(),
            note_values: sentences.into_iter().map(|note| note.map(|note| note.values)).collect(),
            targets: explanation.classes.iter().filter_map(scored).collect(),
            layer: explanation.layer.as_deref(),
            method: info.id,
            shows: info.map_kind,
            colormap: explanation.style.colormap.id,
            join: explanation.style.join.id(),
            score: explanation.score.id(),
            parameters: &explanation.parameters,
            batch: explanation.batch,
            variance: explanation.variance.as_deref().map(Floats::from),
            measures: explanation.measures.iter().map(MeasureRecord::from).collect(),
            order: explanation.order.as_deref(),
        }
    }
}

/// The arrays of an archive: lists of texts, and the names and shapes of arrays of values. The
/// values are passed separately.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArraysRecord {
    texts: Vec<(String, Vec<String>)>,
    floats: Vec<(String, Vec<usize>)>,
}

impl ArraysRecord {
    /// All arrays, the texts first. `values` has the values of `floats`, in their order.
    pub(crate) fn with<'a>(&'a self, values: &'a [Vec<f32>]) -> impl Iterator<Item = (String, Array<'a>)> {
        let texts = self.texts.iter().map(|(name, texts)| (name.clone(), Array::Texts(texts)));
        let floats = self.floats.iter().zip(values);
        texts.chain(floats.map(|((name, shape), values)| (name.clone(), Array::Floats { shape, values })))
    }
}
