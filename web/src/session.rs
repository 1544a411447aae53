use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Float32Array, Function};
use negah_attribution::{EXPLAINERS, MapKind, Progress};
use negah_explain::numpy::{self, Array};
use negah_explain::record::{BoardRecord, Record, json};
use negah_explain::{
    Answer, Background as Collected, ExplainRequest, Subject, classify, draw, draw_together, explain, pixels_of,
    style_of,
};
use negah_network::{Model, Preprocessing};
use negah_picture::decode;
use negah_render::{COLORMAPS, StyleOptions};
use negah_weights::{Cached, WeightsError};
use negah_zoo::{ARCHITECTURES, IMAGENET};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Blob};

use crate::compute::Compute;
use crate::error::Error;
use crate::failure::{Failure, Result};
use crate::file::File;
use crate::page::{Page, report};
use crate::photograph::{Background, Photograph};
use crate::records::*;
use crate::selftest;

/// The longest side of the preview that the page shows, in pixels.
const PREVIEW_SIDE: u32 = 1024;

/// A device, and the model loaded on it.
#[wasm_bindgen]
pub struct Session {
    compute: Compute,
    model: RefCell<Option<Rc<Model>>>,
}

#[wasm_bindgen]
impl Session {
    /// A session on the GPU, or on the CPU.
    pub async fn create(gpu: bool) -> std::result::Result<Session, JsValue> {
        let compute = if gpu { Compute::gpu().await? } else { Compute::cpu() };
        Ok(Self { compute, model: RefCell::default() })
    }

    /// The version of this module.
    #[must_use]
    pub fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    /// The models that can be loaded.
    pub fn models() -> std::result::Result<JsValue, JsValue> {
        Ok(to_js(&ARCHITECTURES.iter().copied().map(ModelRecord::from).collect::<Vec<_>>())?)
    }

    /// The methods and their parameters.
    pub fn methods() -> std::result::Result<JsValue, JsValue> {
        Ok(to_js(&EXPLAINERS.iter().map(|explainer| explainer.info()).collect::<Vec<_>>())?)
    }

    /// The colour maps, with 256 colours each.
    pub fn colormaps() -> std::result::Result<JsValue, JsValue> {
        let records: Vec<ColormapRecord> = COLORMAPS.iter().map(|colormap| (*colormap).into()).collect();
        Ok(to_js(&records)?)
    }

    /// ImageNet's classes, which all models of the zoo have.
    pub fn classes() -> std::result::Result<JsValue, JsValue> {
        Ok(to_js(&IMAGENET.classes().iter().map(ClassRecord::from).collect::<Vec<_>>())?)
    }

    /// The layers of the loaded network, in order.
    pub fn layers(&self) -> std::result::Result<JsValue, JsValue> {
        let loaded = self.model()?;
        Ok(to_js(&LayerRecord::all(&loaded.network))?)
    }

    /// The summary of the loaded network, one line per layer.
    pub fn summary(&self) -> std::result::Result<JsValue, JsValue> {
        let loaded = self.model()?;
        Ok(to_js(&SummaryRecord::all(&loaded.network))?)
    }

    /// The id of the model whose weights a file holds; `null` for a file that holds no weights.
    pub fn identify(file: Blob) -> std::result::Result<JsValue, JsValue> {
        match negah_zoo::identify(&Cached::new(File::new(&file, 1, None)?)) {
            Ok(Some(model)) => Ok(model.id.into()),
            Ok(None) => {
                let known = ARCHITECTURES.iter().map(|architecture| architecture.name).collect();
                Err(Failure::from(Error::NoNetwork { known }))?
            }
            // An unreadable file is reported when it is loaded.
            Err(negah_zoo::Error::Weights(WeightsError::Unknown | WeightsError::Io(_))) => Ok(JsValue::NULL),
            Err(error) => Err(Failure::from(error))?,
        }
    }

    /// The SHA-256 of a file, in hexadecimal digits.
    pub fn sha256(file: Blob, progress: Function) -> std::result::Result<String, JsValue> {
        Ok(File::new(&file, 1, Some(&progress))?.sha256()?)
    }

    /// Builds the network from its weight file and runs it once, so that all kernels are compiled.
    /// A GPU is compared with the CPU, and refused if it computes something else.
    ///
    /// The file is read one tensor at a time. A file of another network is refused first. Then the
    /// previous network is dropped, because memory may not hold both.
    #[wasm_bindgen(js_name = loadModel)]
    pub async fn load_model(&self, id: String, weights: Blob, progress: Function) -> std::result::Result<(), JsValue> {
        let unknown = || Error::UnknownModel {
            id: id.clone(),
            known: ARCHITECTURES.iter().map(|architecture| architecture.id).collect(),
        };
        let architecture = negah_zoo::find(&id).ok_or_else(unknown).map_err(Failure::from)?;
        let times = if self.compute.is_gpu() { 2 } else { 1 };
        let file = Cached::new(File::new(&weights, times, Some(&progress))?);
        let open = || architecture.open(&file).map_err(Failure::from);
        let opened = open()?;
        self.model.replace(None);
        let loaded = if self.compute.is_gpu() {
            // The copy on the CPU is dropped before the GPU has its own.
            let cpu = Compute::cpu();
            let reference = opened.load(&cpu.device).map_err(Failure::from)?;
            let expected = selftest::exercise(&reference.network, &cpu).await?;
            drop(reference);
            let loaded = open()?.load(&self.compute.device).map_err(Failure::from)?;
            let report = async |done, total| report(&progress, "check", Progress { done, total }).await;
            selftest::compare(&loaded.network, &self.compute, &expected, report).await?;
            loaded
        } else {
            let loaded = opened.load(&self.compute.device).map_err(Failure::from)?;
            selftest::exercise(&loaded.network, &self.compute).await?;
            loaded
        };
        self.model.replace(Some(Rc::new(loaded)));
        Ok(())
    }

    /// Decodes a picture and preprocesses it for the loaded model. `crop_mode` is the id of a crop
    /// mode; the default is the model's.
    pub fn open(&self, bytes: &[u8], crop_mode: Option<String>) -> std::result::Result<Photograph, JsValue> {
        let (model, preprocessing) = self.preprocessing(crop_mode)?;
        let picture = decode(bytes).map_err(Failure::from)?;
        let preview = picture.preview(PREVIEW_SIDE);
        let crop = preview.crop(&preprocessing);
        let input = picture.input(&preprocessing, &self.compute.device);
        Ok(Photograph { model, input, preview, crop, answer: RefCell::default() })
    }

    /// Decodes the pictures of a background, an array of blobs, one at a time.
    #[wasm_bindgen(js_name = openBackground)]
    pub fn open_background(
        &self,
        files: js_sys::Array,
        crop_mode: Option<String>,
    ) -> std::result::Result<Background, JsValue> {
        let (_, preprocessing) = self.preprocessing(crop_mode)?;
        let mut collected = Collected::new(&preprocessing, &self.compute.device);
        for file in files.iter() {
            let bytes = File::new(&Blob::from(file), 1, None)?.bytes()?;
            collected.push(&decode(&bytes).map_err(Failure::from)?).map_err(Failure::from)?;
        }
        Ok(Background { tensor: collected.into_tensor() })
    }

    /// The `top` best classes of a picture, best first, with a preview and the part that the
    /// network got.
    pub async fn predict(&self, photograph: &Photograph, top: usize) -> std::result::Result<JsValue, JsValue> {
        let answer = self.answer(photograph).await?;
        let classes = answer.prediction.top(top).into_iter().map(ScoredClass::from).collect();
        let Photograph { preview, crop, .. } = photograph;
        let picture = PictureRecord::new(preview.width(), preview.height(), &preview.to_rgba());
        Ok(to_js(&PredictionRecord { classes, picture, crop: (*crop).into() })?)
    }

    /// Explains classes of a picture. `options` is an [`ExplainRequest`]. `progress` is called
    /// after each step and may return a promise, which is awaited. `signal` stops the run between
    /// steps. `partial` is called at intervals with the result so far.
    pub async fn explain(
        &self,
        photograph: &Photograph,
        background: &Background,
        options: JsValue,
        signal: AbortSignal,
        progress: Function,
        partial: Option<Function>,
    ) -> std::result::Result<JsValue, JsValue> {
        let request: ExplainRequest = serde_wasm_bindgen::from_value(options).map_err(Failure::from)?;
        let model = photograph.model.as_ref();
        let resolved = request.resolve(model, self.compute.is_gpu()).map_err(Failure::from)?;
        let answer = self.answer(photograph).await?;
        let subject = Subject {
            input: photograph.input.clone(),
            pixels: pixels_of(&model.preprocessing),
            background: background.tensor.clone(),
            stream_offset: 0,
        };
        let page = Page::following(&self.compute, photograph, &signal, &progress, partial.as_ref());
        let explanation = explain(&page, model, &subject, &answer, &resolved).await?;
        Ok(to_js(&ExplanationRecord::new(&explanation, photograph))?)
    }

    /// Draws an explanation again: its maps, or the grid of its channels.
    ///
    /// # Shapes
    /// `values` is `[targets, channels, height, width]`, given in `shape`.
    pub fn render(
        &self,
        values: Vec<f32>,
        shape: Vec<usize>,
        kind: JsValue,
        order: Option<Vec<usize>>,
        style: JsValue,
    ) -> std::result::Result<JsValue, JsValue> {
        let style: StyleOptions = serde_wasm_bindgen::from_value(style).map_err(Failure::from)?;
        let kind: MapKind = serde_wasm_bindgen::from_value(kind).map_err(Failure::from)?;
        let shape: [usize; 4] = shape.try_into().map_err(|_| Failure::from(Error::MapShape))?;
        let style = style_of(kind).with(&style).map_err(Failure::from)?;
        let size = self.model()?.preprocessing.size;
        let drawing = draw(&values, shape, kind, order.as_deref(), style, size).map_err(Failure::from)?;
        Ok(to_js(&ColouredRecord::all(&drawing))?)
    }

    /// Draws several maps with one range. `values` holds the maps in sequence, and `sizes` the
    /// width and height of each in turn.
    #[wasm_bindgen(js_name = renderTogether)]
    pub fn render_together(
        &self,
        values: Vec<f32>,
        sizes: Vec<usize>,
        kind: JsValue,
        style: JsValue,
    ) -> std::result::Result<JsValue, JsValue> {
        let style: StyleOptions = serde_wasm_bindgen::from_value(style).map_err(Failure::from)?;
        let kind: MapKind = serde_wasm_bindgen::from_value(kind).map_err(Failure::from)?;
        let style = style_of(kind).with(&style).map_err(Failure::from)?;
        let size = self.model()?.preprocessing.size;
        let drawing = draw_together(&values, &sizes, style, size).map_err(Failure::from)?;
        Ok(to_js(&ColouredRecord::all(&drawing))?)
    }

    /// An explanation as JSON. `about` is its record without the maps. `maps` holds the maps of all
    /// targets in sequence, and is empty for a grid of channels.
    #[wasm_bindgen(js_name = explanationJson)]
    pub fn explanation_json(about: JsValue, maps: &[f32]) -> std::result::Result<String, JsValue> {
        let record: Record = serde_wasm_bindgen::from_value(about).map_err(Failure::from)?;
        Ok(record.with_maps(maps).and_then(|record| json(&record)).map_err(Failure::from)?)
    }

    /// A board as JSON. `about` is its record without the maps, and `maps` has an array for each
    /// cell.
    #[wasm_bindgen(js_name = boardJson)]
    pub fn board_json(about: JsValue, maps: Vec<Float32Array>) -> std::result::Result<String, JsValue> {
        let record: BoardRecord = serde_wasm_bindgen::from_value(about).map_err(Failure::from)?;
        let maps: Vec<Vec<f32>> = maps.iter().map(Float32Array::to_vec).collect();
        Ok(record.with_maps(&maps).and_then(|record| json(&record)).map_err(Failure::from)?)
    }

    /// Values as NumPy's `.npy`, in single precision.
    pub fn npy(values: &[f32], shape: &[usize]) -> std::result::Result<Vec<u8>, JsValue> {
        Ok(numpy::npy(Array::Floats { shape, values }).map_err(Failure::from)?)
    }

    /// Lists of texts and arrays of values as NumPy's `.npz`; see [`ArraysRecord`].
    pub fn npz(arrays: JsValue, values: Vec<Float32Array>) -> std::result::Result<Vec<u8>, JsValue> {
        let arrays: ArraysRecord = serde_wasm_bindgen::from_value(arrays).map_err(Failure::from)?;
        let values: Vec<Vec<f32>> = values.iter().map(Float32Array::to_vec).collect();
        Ok(numpy::npz(arrays.with(&values)).map_err(Failure::from)?)
    }
}

impl Session {
    fn model(&self) -> Result<Rc<Model>> {
        Ok(self.model.borrow().clone().ok_or(Error::NoModel)?)
    }

    /// The loaded model, and how pictures are preprocessed for it.
    fn preprocessing(&self, crop_mode: Option<String>) -> Result<(Rc<Model>, Preprocessing)> {
        let model = self.model()?;
        let mut preprocessing = model.preprocessing.clone();
        if let Some(id) = crop_mode {
            preprocessing.crop = negah_explain::crop_mode(&id)?;
        }
        Ok((model, preprocessing))
    }

    /// The network's answer to a picture, computed the first time.
    async fn answer(&self, photograph: &Photograph) -> Result<Rc<Answer>> {
        if let Some(answer) = photograph.answer.borrow().clone() {
            return Ok(answer);
        }
        let page = Page::waiting(&self.compute);
        let answer = Rc::new(classify(&page, &photograph.model, photograph.input.clone()).await?);
        photograph.answer.replace(Some(answer.clone()));
        Ok(answer)
    }
}
