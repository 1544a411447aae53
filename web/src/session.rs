use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Tensor;
use js_sys::{Array, Function, Promise, Uint8Array};
use negah_attribution::{EXPLAINERS, Progress, Shows};
use negah_network::Trace;
use negah_render::{COLORMAPS, StyleOptions};
use negah_zoo::labels::IMAGENET;
use negah_zoo::picture::{self, Crop, Framing, Picture, Preprocessing};
use negah_zoo::{Cached, Loaded, MODELS, Prediction, WeightsError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob};

use crate::compute::Compute;
use crate::error::Error;
use crate::explanation::{self, Explain};
use crate::failure::{Failure, Result};
use crate::file::File;
use crate::records::*;
use crate::selftest;

/// The longest side of the photograph as the page shows it, in pixels.
const PREVIEW_SIDE: u32 = 1024;

/// A device, and the network loaded on it.
#[wasm_bindgen]
pub struct Session {
    compute: Compute,
    loaded: RefCell<Option<Rc<Loaded>>>,
}

/// A picture decoded and made ready for the network it was opened for.
#[wasm_bindgen]
pub struct Photograph {
    pub(crate) loaded: Rc<Loaded>,
    pub(crate) input: Tensor<4>,
    preview: Picture,
    crop: Crop,
    /// The network's answer, once it has been asked.
    answer: RefCell<Option<Rc<Answer>>>,
}

/// What a network says of a picture, and how it came to that: from the layer on that is usually looked at.
pub(crate) struct Answer {
    pub(crate) prediction: Prediction,
    pub(crate) pass: Trace,
}

/// Other pictures made ready: what a picture is compared with. There may be none.
#[wasm_bindgen]
pub struct Background {
    /// `[pictures, channels, height, width]`
    pub(crate) pictures: Option<Tensor<4>>,
}

#[wasm_bindgen]
impl Session {
    /// A session on the GPU, or on the CPU.
    pub async fn create(gpu: bool) -> std::result::Result<Session, JsValue> {
        let compute = if gpu { Compute::gpu().await? } else { Compute::cpu() };
        Ok(Self { compute, loaded: RefCell::default() })
    }

    /// The version of this module.
    #[must_use]
    pub fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    /// The models that can be loaded.
    pub fn models() -> std::result::Result<JsValue, JsValue> {
        Ok(to_js(&MODELS.iter().copied().map(ModelRecord::from).collect::<Vec<_>>())?)
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

    /// Every class the models tell apart.
    pub fn classes() -> std::result::Result<JsValue, JsValue> {
        Ok(to_js(&IMAGENET.classes().iter().map(ClassRecord::from).collect::<Vec<_>>())?)
    }

    /// The layers of the loaded network, in order.
    pub fn layers(&self) -> std::result::Result<JsValue, JsValue> {
        let loaded = self.loaded()?;
        Ok(to_js(&LayerRecord::all(&loaded.network))?)
    }

    /// The summary of the loaded network, a line a layer.
    pub fn summary(&self) -> std::result::Result<JsValue, JsValue> {
        let loaded = self.loaded()?;
        Ok(to_js(&SummaryRecord::all(&loaded.network))?)
    }

    /// The id of the model whose weights a file holds; `null` for a file that holds no weights.
    pub fn identify(file: Blob) -> std::result::Result<JsValue, JsValue> {
        match negah_zoo::identify(&Cached::new(File::new(&file, 1, None)?)) {
            Ok(Some(model)) => Ok(model.id.into()),
            Ok(None) => {
                let known = MODELS.iter().map(|model| model.name).collect();
                Err(Failure::from(Error::NoNetwork { known }))?
            }
            // What cannot be read is told by whoever wanted to read it.
            Err(WeightsError::Unknown | WeightsError::Io(_)) => Ok(JsValue::NULL),
            Err(error) => Err(Failure::from(error))?,
        }
    }

    /// The SHA-256 of a file, in hexadecimal digits.
    pub fn sha256(file: Blob, progress: Function) -> std::result::Result<String, JsValue> {
        Ok(File::new(&file, 1, Some(&progress))?.sha256()?)
    }

    /// Builds the network from its weight file, and makes everything ready that it will need. On a GPU
    /// that includes the comparison with the CPU: a GPU that computes something else is refused.
    ///
    /// The file is read a tensor at a time, and the network before is let go of first: a large one leaves no room for
    /// both. A file of another network is refused before that.
    #[wasm_bindgen(js_name = loadModel)]
    pub async fn load_model(&self, id: String, weights: Blob, progress: Function) -> std::result::Result<(), JsValue> {
        let unknown = || Error::UnknownModel { id: id.clone(), known: MODELS.iter().map(|model| model.id).collect() };
        let model = negah_zoo::find(&id).ok_or_else(unknown).map_err(Failure::from)?;
        let times = if self.compute.is_gpu() { 2 } else { 1 };
        let file = Cached::new(File::new(&weights, times, Some(&progress))?);
        let open = || model.open(&file).map_err(Failure::from);
        let opened = open()?;
        self.loaded.replace(None);
        let loaded = if self.compute.is_gpu() {
            // First on the CPU, whose copy is gone before the GPU has its own.
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
        self.loaded.replace(Some(Rc::new(loaded)));
        Ok(())
    }

    /// Decodes a picture and makes it ready for the loaded network, framed in one of the ways there are.
    pub fn open(&self, bytes: &[u8], framing: Option<String>) -> std::result::Result<Photograph, JsValue> {
        let (loaded, preprocessing) = self.preprocessing(framing)?;
        let picture = picture::decode(bytes).map_err(Failure::from)?;
        let preview = picture.preview(PREVIEW_SIDE);
        let crop = preprocessing.crop(&preview);
        let input = preprocessing.input(&picture, &self.compute.device);
        Ok(Photograph { loaded, input, preview, crop, answer: RefCell::default() })
    }

    /// Decodes pictures and makes them ready to be compared with: an array of their files' bytes.
    #[wasm_bindgen(js_name = openBackground)]
    pub fn open_background(&self, files: Array, framing: Option<String>) -> std::result::Result<Background, JsValue> {
        let (_, preprocessing) = self.preprocessing(framing)?;
        let mut pictures = Vec::new();
        for file in files.iter() {
            let picture = picture::decode(&Uint8Array::new(&file).to_vec()).map_err(Failure::from)?;
            pictures.push(preprocessing.input(&picture, &self.compute.device));
        }
        let pictures = (!pictures.is_empty()).then(|| Tensor::cat(pictures, 0));
        Ok(Background { pictures })
    }

    /// The `top` best classes of a picture, best first, with the picture as the network got it.
    pub async fn predict(&self, photograph: &Photograph, top: usize) -> std::result::Result<JsValue, JsValue> {
        let classes = self.answer(photograph).await?.prediction.top(top).into_iter().map(ScoredClass::from).collect();
        let Photograph { preview, crop, .. } = photograph;
        let picture = PictureRecord::new(preview.width(), preview.height(), &preview.to_rgba());
        Ok(to_js(&PredictionRecord { classes, picture, crop: (*crop).into() })?)
    }

    /// Explains classes of a picture. `progress` is called after each step and may return a promise, which is waited
    /// for; between steps `signal` can stop the run. `partial` is called now and then with what is known so far.
    pub async fn explain(
        &self,
        photograph: &Photograph,
        background: &Background,
        options: JsValue,
        signal: AbortSignal,
        progress: Function,
        partial: Option<Function>,
    ) -> std::result::Result<JsValue, JsValue> {
        let options: ExplainOptions = serde_wasm_bindgen::from_value(options).map_err(Failure::from)?;
        let answer = self.answer(photograph).await?;
        let explain = Explain { compute: &self.compute, photograph, answer: &answer, background };
        Ok(to_js(&explain.run(options, &signal, &progress, partial.as_ref()).await?)?)
    }

    /// Draws an explanation anew: its maps, or the values of a grid, of the shape `[targets, channels, height, width]`.
    pub fn render(
        &self,
        values: Vec<f32>,
        shape: Vec<usize>,
        shows: JsValue,
        order: Option<Vec<usize>>,
        style: JsValue,
    ) -> std::result::Result<JsValue, JsValue> {
        let style: StyleOptions = serde_wasm_bindgen::from_value(style).map_err(Failure::from)?;
        let shows: Shows = serde_wasm_bindgen::from_value(shows).map_err(Failure::from)?;
        let shape: [usize; 4] = shape.try_into().map_err(|_| Failure::from(Error::MapShape))?;
        let drawing = explanation::draw(&values, shape, shows, order.as_deref(), &style, self.loaded()?.model)?;
        Ok(to_js(&ColouredRecord::all(&drawing))?)
    }

    /// Draws maps that are shown together by one range: `values` are those of one map after the other, and `sizes`
    /// their widths and heights in turn.
    #[wasm_bindgen(js_name = renderTogether)]
    pub fn render_together(
        &self,
        values: Vec<f32>,
        sizes: Vec<usize>,
        shows: JsValue,
        style: JsValue,
    ) -> std::result::Result<JsValue, JsValue> {
        let style: StyleOptions = serde_wasm_bindgen::from_value(style).map_err(Failure::from)?;
        let shows: Shows = serde_wasm_bindgen::from_value(shows).map_err(Failure::from)?;
        let drawing = explanation::draw_together(&values, &sizes, shows, &style, self.loaded()?.model)?;
        Ok(to_js(&ColouredRecord::all(&drawing))?)
    }
}

impl Session {
    fn loaded(&self) -> Result<Rc<Loaded>> {
        Ok(self.loaded.borrow().clone().ok_or(Error::NoModel)?)
    }

    /// The loaded network, and how pictures are made ready for it.
    fn preprocessing(&self, framing: Option<String>) -> Result<(Rc<Loaded>, Preprocessing)> {
        let loaded = self.loaded()?;
        let mut preprocessing = loaded.preprocessing;
        if let Some(id) = framing {
            preprocessing.framing = Framing::find(&id).ok_or_else(|| {
                let known = Framing::ALL.map(|(id, _)| id).to_vec();
                Error::UnknownFraming { id, known }
            })?;
        }
        Ok((loaded, preprocessing))
    }

    /// The network's answer to a picture, computed the first time.
    async fn answer(&self, photograph: &Photograph) -> Result<Rc<Answer>> {
        if let Some(answer) = photograph.answer.borrow().clone() {
            return Ok(answer);
        }
        let Loaded { network, model, .. } = photograph.loaded.as_ref();
        let (layer, output) = (network.find(model.layer)?, network.output());
        let mark = self.compute.mark();
        let feeds = [(network.input(), photograph.input.clone().into())];
        let pass = network.record(&feeds, &[layer, output], &[layer])?;
        let logits = self.compute.read(pass.get(output)?.clone().flat()?, mark).await?;
        let answer = Rc::new(Answer { prediction: Prediction::new(logits), pass });
        photograph.answer.replace(Some(answer.clone()));
        Ok(answer)
    }
}

/// Tells the page how far a run has come, and lets the worker hear what the page says meanwhile.
pub(crate) async fn report(progress: &Function, stage: &str, at: Progress) -> Result<()> {
    let failed = |error: JsValue| Error::Progress { detail: format!("{error:?}") };
    let (done, total) = (at.done as f64, at.total as f64);
    let answer = progress.call3(&JsValue::NULL, &stage.into(), &done.into(), &total.into()).map_err(failed)?;
    JsFuture::from(Promise::resolve(&answer)).await.map_err(failed)?;
    Ok(())
}
