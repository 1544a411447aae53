use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Tensor;
use js_sys::{Float32Array, Function, Promise};
use negah_attribution::{EXPLAINERS, Job, Parameters, Progress, Score, Target};
use negah_network::Network;
use negah_render::{COLORMAPS, Colormap, Map, Note};
use negah_zoo::labels::{Class, IMAGENET};
use negah_zoo::picture::{self, Crop, Picture};
use negah_zoo::{MODELS, Model};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::compute::Compute;
use crate::failure::{Failure, Result};
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

struct Loaded {
    model: &'static Model,
    network: Network,
}

/// A picture decoded and made ready for the network it was opened for.
#[wasm_bindgen]
pub struct Photograph {
    loaded: Rc<Loaded>,
    input: Tensor<4>,
    preview: Picture,
    crop: Crop,
    /// The network's answer, once it has been asked.
    logits: RefCell<Option<Rc<Vec<f32>>>>,
}

#[wasm_bindgen]
impl Session {
    /// A session on the GPU, or on the CPU.
    pub async fn create(gpu: bool) -> std::result::Result<Session, JsValue> {
        let compute = if gpu { Compute::gpu().await? } else { Compute::cpu() };
        Ok(Self { compute, loaded: RefCell::default() })
    }

    /// The models that can be loaded.
    pub fn models() -> std::result::Result<JsValue, JsValue> {
        let record = |model: &&'static Model| {
            let (height, width) = model.preprocessing.size;
            ModelRecord { id: model.id, name: model.name, input: [3, height, width], layer: model.layer }
        };
        Ok(to_js(&MODELS.iter().map(record).collect::<Vec<_>>())?)
    }

    /// The methods and their parameters.
    pub fn methods() -> std::result::Result<JsValue, JsValue> {
        let records: Vec<MethodRecord> = EXPLAINERS.iter().map(|explainer| explainer.info().into()).collect();
        Ok(to_js(&records)?)
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
        let records: Vec<LayerRecord> = self.loaded()?.network.summary().into_iter().map(LayerRecord::from).collect();
        Ok(to_js(&records)?)
    }

    /// Builds the network from its weight file, and makes everything ready that it will need. On a GPU
    /// that includes the comparison with the CPU: a GPU that computes something else is refused.
    #[wasm_bindgen(js_name = loadModel)]
    pub async fn load_model(
        &self,
        id: String,
        weights: Vec<u8>,
        progress: Function,
    ) -> std::result::Result<(), JsValue> {
        let model = negah_zoo::find(&id).ok_or_else(|| {
            let known = MODELS.iter().map(|model| model.id).collect::<Vec<_>>().join(", ");
            Failure::new("unknown-model", format!("There is no model “{id}”. There is: {known}."))
        })?;
        let network = model.load(&weights, &self.compute.device).map_err(Failure::from)?;
        if self.compute.is_gpu() {
            // Not the GPU's own copy, which could only be read asynchronously.
            let reference = model.load(&weights, &Compute::cpu().device).map_err(Failure::from)?;
            drop(weights);
            let report = async |done, total| report(&progress, Progress { done, total }).await;
            selftest::compare(&network, &self.compute, &reference, report).await?;
        } else {
            selftest::exercise(&network, &self.compute).await?;
        }
        self.loaded.replace(Some(Rc::new(Loaded { model, network })));
        Ok(())
    }

    /// Decodes a picture and makes it ready for the loaded network.
    pub fn open(&self, bytes: &[u8]) -> std::result::Result<Photograph, JsValue> {
        let loaded = self.loaded()?;
        let picture = picture::decode(bytes).map_err(Failure::from)?;
        let preview = picture.preview(PREVIEW_SIDE);
        let crop = loaded.model.preprocessing.crop(&preview);
        let input = loaded.model.input(&picture, &self.compute.device);
        Ok(Photograph { loaded, input, preview, crop, logits: RefCell::default() })
    }

    /// The `top` best classes of a picture, best first, with the picture as the network got it.
    pub async fn predict(&self, photograph: &Photograph, top: usize) -> std::result::Result<JsValue, JsValue> {
        let logits = self.logits(photograph).await?;
        let classes = ranked(&logits).into_iter().take(top).map(|class| scored(&logits, class)).collect();
        let Photograph { preview, crop, .. } = photograph;
        let picture = PictureRecord::new(preview.width(), preview.height(), &preview.to_rgba());
        Ok(to_js(&Prediction { classes, picture, crop: (*crop).into() })?)
    }

    /// Explains one class of a picture. `progress` is called after each step and may return a promise,
    /// which is waited for; between steps `signal` can stop the run.
    pub async fn explain(
        &self,
        photograph: &Photograph,
        options: JsValue,
        signal: AbortSignal,
        progress: Function,
    ) -> std::result::Result<JsValue, JsValue> {
        let options: ExplainOptions = serde_wasm_bindgen::from_value(options).map_err(Failure::from)?;
        Ok(to_js(&self.explanation(photograph, options, &signal, &progress).await?)?)
    }

    /// Colours a map anew, at the size of the loaded network's input.
    pub fn render(
        &self,
        values: Vec<f32>,
        width: usize,
        height: usize,
        colormap: Option<String>,
    ) -> std::result::Result<JsValue, JsValue> {
        let map = Map::new(values, width, height).map_err(Failure::from)?;
        Ok(to_js(&coloured(&map, self.loaded()?.model, find_colormap(colormap)?)?)?)
    }
}

impl Session {
    fn loaded(&self) -> Result<Rc<Loaded>> {
        let none = || Failure::new("no-model", "No network is loaded yet: load one first.");
        self.loaded.borrow().clone().ok_or_else(none)
    }

    /// The network's answer to a picture, computed the first time.
    async fn logits(&self, photograph: &Photograph) -> Result<Rc<Vec<f32>>> {
        if let Some(logits) = photograph.logits.borrow().clone() {
            return Ok(logits);
        }
        let network = &photograph.loaded.network;
        let output = network.output();
        let mark = self.compute.mark();
        let trace = network.forward(&[(network.input(), photograph.input.clone().into())], &[output])?;
        let logits = Rc::new(self.compute.read(trace.get(output)?.clone().into_rank2(), mark).await?);
        photograph.logits.replace(Some(logits.clone()));
        Ok(logits)
    }

    async fn explanation(
        &self,
        photograph: &Photograph,
        options: ExplainOptions,
        signal: &AbortSignal,
        progress: &Function,
    ) -> Result<Explanation> {
        let Loaded { model, network } = photograph.loaded.as_ref();
        let explainer = negah_attribution::find(options.method.as_deref().unwrap_or("grad-cam"))?;
        let info = explainer.info();
        let layer_name = options.layer.unwrap_or_else(|| model.layer.to_owned());
        let layer = network.find(&layer_name)?;
        let colormap = find_colormap(options.colormap)?;
        let given = options.parameters.unwrap_or_default();
        let parameters = Parameters::new(info, given.into_iter().map(|(id, value)| (id, value.into())))?;
        let logits = self.logits(photograph).await?;
        let class = resolve(options.target, &logits)?;
        let score = match options.score {
            None | Some(ScoreOption::Logit) => Score::Logit,
            Some(ScoreOption::Probability) => Score::Probability,
        };

        let mark = self.compute.mark();
        let input = photograph.input.clone();
        let target = Target { class, score };
        let mut run = explainer.start(Job { network, input, target, layer, parameters })?;
        loop {
            if signal.aborted() {
                return Err(Failure::aborted());
            }
            let done = run.step()?;
            report(progress, done).await?;
            if done.finished() {
                break;
            }
        }
        let nothing = || Failure::new("bad-request", format!("{} ended without a map.", info.name));
        let values = run.attribution().ok_or_else(nothing)?.values;
        let [_, _, height, width] = values.dims();
        let map = Map::new(self.compute.read(values, mark).await?, width, height)?;
        let (min, max) = map.extremes().unzip();
        Ok(Explanation {
            width,
            height,
            min,
            max,
            picture: coloured(&map, model, colormap)?,
            target: scored(&logits, class),
            layer: layer_name,
            method: info.id,
            colormap: colormap.id,
            note: Note::of(&map).map(|note| note.to_string()),
            values: Float32Array::from(map.values()),
        })
    }
}

/// Tells the page how far a run has come, and lets the worker hear what the page says meanwhile.
async fn report(progress: &Function, at: Progress) -> Result<()> {
    let failed = |error: JsValue| Failure::new("worker-lost", format!("The progress cannot be reported: {error:?}."));
    let (done, total) = (at.done as f64, at.total as f64);
    let answer = progress.call2(&JsValue::NULL, &done.into(), &total.into()).map_err(failed)?;
    JsFuture::from(Promise::resolve(&answer)).await.map(|_| ()).map_err(failed)
}

fn find_colormap(id: Option<String>) -> Result<&'static Colormap> {
    Ok(id.map_or(Ok(Colormap::DEFAULT), |id| Colormap::find(&id))?)
}

/// The map in colours, at the size of the model's input.
fn coloured(map: &Map, model: &Model, colormap: &Colormap) -> Result<ColouredRecord> {
    let (height, width) = model.preprocessing.size;
    ColouredRecord::new(map, width, height, colormap)
}

/// The class that is asked for: by its index, by its name, or `top`, the best.
fn resolve(target: Option<TargetOption>, logits: &[f32]) -> Result<usize> {
    match target {
        None => Ok(ranked(logits)[0]),
        Some(TargetOption::Name(name)) if name == "top" => Ok(ranked(logits)[0]),
        Some(TargetOption::Name(name)) => IMAGENET.by_name(&name).map(|class| class.index).ok_or_else(|| {
            let best: Vec<&str> = ranked(logits).iter().take(5).map(|class| IMAGENET.classes()[*class].name).collect();
            let message = format!(
                "There is no class “{name}” among the {} this network tells apart. The best for this picture: {}.",
                logits.len(),
                best.join(", ")
            );
            Failure::new("unknown-class", message)
        }),
        Some(TargetOption::Index(index)) if index >= 0.0 && index.fract() == 0.0 && index < logits.len() as f64 => {
            Ok(index as usize)
        }
        Some(TargetOption::Index(index)) => Err(Failure::new(
            "unknown-class",
            format!("There is no class {index}: the classes are numbered from 0 to {}.", logits.len() - 1),
        )),
    }
}

/// The classes, best first.
fn ranked(logits: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    order
}

fn scored(logits: &[f32], index: usize) -> ScoredClass {
    let max = logits.iter().fold(f32::NEG_INFINITY, |max, logit| max.max(*logit));
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - max).exp()).sum();
    let probability = (f64::from(logits[index] - max).exp() / sum) as f32;
    let Class { wnid, name, .. } = IMAGENET.classes()[index];
    ScoredClass { index, wnid, name, logit: logits[index], probability }
}
