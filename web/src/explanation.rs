//! A run of a method from the page's request to its record: what is resolved before, watched while it runs, and
//! drawn after.

use burn::tensor::Tensor;
use js_sys::{Date, Function};
use negah_attribution::{Attribution, Info, Job, Measure, Parameters, Pixels, Run, Score, Shows, Target};
use negah_render::{Drawing, Map, Style, StyleOptions, ranked};
use negah_zoo::Model;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use crate::compute::{Compute, Mark};
use crate::error::Error;
use crate::failure::Result;
use crate::records::*;
use crate::sentences::Sentence;
use crate::session::{Answer, Background, Photograph, report};

/// How long, in milliseconds, after one partial result the next may come; it waits longer where drawing one is slow.
const BETWEEN_PARTIALS: f64 = 400.0;

/// Samples a step, unless the request says otherwise: a CPU gains nothing by more than one, and answers sooner.
const BATCH_ON_CPU: usize = 1;
const BATCH_ON_GPU: usize = 8;

/// What an explanation is made from.
pub(crate) struct Explain<'a> {
    pub(crate) compute: &'a Compute,
    pub(crate) photograph: &'a Photograph,
    pub(crate) answer: &'a Answer,
    pub(crate) background: &'a Background,
}

/// What has been resolved of a request.
struct Request {
    info: &'static Info,
    classes: Vec<usize>,
    score: Score,
    layer: Option<String>,
    parameters: Parameters,
    style: StyleOptions,
    colormap: &'static str,
}

impl Explain<'_> {
    pub(crate) async fn run(
        &self,
        options: ExplainOptions,
        signal: &AbortSignal,
        progress: &Function,
        partial: Option<&Function>,
    ) -> Result<Explanation> {
        let loaded = self.photograph.loaded.as_ref();
        let network = &loaded.network;
        let explainer = negah_attribution::find(options.method.as_deref().unwrap_or("grad-cam"))?;
        let info = explainer.info();
        let layer = info.layer(network, options.layer.as_deref(), loaded.model.layer)?;
        let given = options.parameters.unwrap_or_default();
        let parameters = Parameters::new(info, given)?;
        let score = options.score.as_deref().map_or(Ok(Score::Logit), Score::find)?;
        let classes = self.classes(options.target)?;
        let style = options.style.unwrap_or_default();
        // Refused now, not after a minute of computing.
        let colormap = usual(info.shows).with(&style)?.colormap.id;
        let looked_at = options
            .layer
            .or_else(|| (info.looks_at == negah_attribution::LooksAt::Output).then(|| loaded.model.layer.to_owned()));
        let request = Request { info, classes, score, layer: looked_at, parameters, style, colormap };

        let job = Job {
            network,
            input: self.photograph.input.clone(),
            pass: Some(&self.answer.pass),
            pixels: Pixels::new(loaded.preprocessing.channels.to_vec()),
            pictures: self.background.pictures.clone(),
            targets: request.classes.iter().map(|class| Target { class: *class, score }).collect(),
            layer,
            batch: options.batch.unwrap_or(if self.compute.is_gpu() { BATCH_ON_GPU } else { BATCH_ON_CPU }),
            parameters: request.parameters.clone(),
        };
        let mark = self.compute.mark();
        let mut run = explainer.start(job)?;
        let mut next_partial = Date::now() + BETWEEN_PARTIALS;
        loop {
            if signal.aborted() {
                return Err(Error::Aborted.into());
            }
            let done = run.step()?;
            self.settle(run.as_ref(), mark).await?;
            report(progress, "compute", done).await?;
            if done.finished() {
                break;
            }
            if let Some(partial) = partial
                && Date::now() >= next_partial
            {
                let start = Date::now();
                let record = to_js(&self.record(&request, run.as_ref(), mark).await?)?;
                let untold = |error| Error::Partial { detail: format!("{error:?}") };
                partial.call1(&JsValue::NULL, &record).map_err(untold)?;
                let cost = Date::now() - start;
                next_partial = Date::now() + BETWEEN_PARTIALS.max(8.0 * cost);
            }
        }
        self.record(&request, run.as_ref(), mark).await
    }

    /// The classes asked for; the best one where none is.
    fn classes(&self, target: Option<TargetsOption>) -> Result<Vec<usize>> {
        let asked = match target {
            None => vec!["top".to_owned()],
            Some(TargetsOption::One(target)) => vec![target.asked()],
            Some(TargetsOption::Several(targets)) => targets.into_iter().map(TargetOption::asked).collect(),
        };
        let mut classes = Vec::new();
        for asked in asked {
            classes.extend(self.answer.prediction.find(&asked)?);
        }
        Ok(classes)
    }

    /// Waits until a GPU has done what was enqueued: progress is told of work that is done, and a run that is
    /// stopped leaves nothing behind.
    async fn settle(&self, run: &dyn Run, mark: Mark) -> Result<()> {
        if self.compute.is_gpu()
            && let Some(Attribution { values, .. }) = run.attribution()
        {
            self.compute.read(values.slice([0..1, 0..1, 0..1, 0..1]), mark).await?;
        }
        Ok(())
    }

    /// What is known so far, drawn.
    async fn record(&self, request: &Request, run: &dyn Run, mark: Mark) -> Result<Explanation> {
        let Request { info, classes, score, layer, parameters, style, colormap } = request;
        let attribution = run.attribution().ok_or(Error::NoMap { method: info.name })?;
        let Attribution { values, variance, measures, ranking } = attribution;
        let shape @ [_, channels, height, width] = values.dims();
        let values = self.compute.read(values, mark).await?;
        let order = match ranking {
            Some(ranking) => Some(ranked(&self.compute.read(ranking, mark).await?)),
            None => None,
        };
        let model = self.photograph.loaded.model;
        let drawing = draw(&values, shape, info.shows, order.as_deref(), style, model)?;
        let (min, max) = extremes(&drawing, &values).unzip();
        let sentences: Vec<Option<Sentence>> = drawing.notes.iter().map(|note| note.map(Sentence::from)).collect();
        Ok(Explanation {
            width,
            height,
            channels,
            min,
            max,
            maps: drawing.maps.iter().map(|map| Floats::from(map.values())).collect(),
            pictures: ColouredRecord::all(&drawing),
            notes: drawing.notes.iter().map(|note| note.map(|note| note.to_string())).collect(),
            note_keys: sentences.iter().map(|note| note.as_ref().map(|note| note.key)).collect(),
            note_values: sentences.into_iter().map(|note| note.map(|note| note.values)).collect(),
            targets: classes.iter().map(|class| self.answer.prediction.scored(*class).into()).collect(),
            layer: layer.clone(),
            method: info.id,
            shows: info.shows,
            colormap,
            score: score.id(),
            parameters: parameters.clone(),
            variance: self.floats(variance, mark).await?,
            measures: self.measures(measures, mark).await?,
            order,
            values: values.as_slice().into(),
        })
    }

    async fn floats(&self, tensor: Option<Tensor<4>>, mark: Mark) -> Result<Option<Floats>> {
        Ok(match tensor {
            Some(tensor) => Some(self.compute.read(tensor, mark).await?.as_slice().into()),
            None => None,
        })
    }

    async fn measures(&self, measures: Vec<Measure>, mark: Mark) -> Result<Vec<MeasureRecord>> {
        let mut records = Vec::new();
        for Measure { id, name, summary, values } in measures {
            let values = self.compute.read(values, mark).await?;
            records.push(MeasureRecord { id, name, summary, values });
        }
        Ok(records)
    }
}

/// Values of the shape `[targets, channels, height, width]`, drawn at the size of the model's input or, as a grid, at
/// the layer's.
pub(crate) fn draw(
    values: &[f32],
    shape: [usize; 4],
    shows: Shows,
    order: Option<&[usize]>,
    style: &StyleOptions,
    model: &Model,
) -> Result<Drawing> {
    let (height, width) = model.preprocessing.size;
    let size = (width as usize, height as usize);
    let style = usual(shows).with(style)?;
    Ok(match shows {
        Shows::Channels => {
            let all: Vec<usize> = (0..shape[1]).collect();
            Drawing::grid(values, shape, order.unwrap_or(&all), style)?
        }
        Shows::Signed | Shows::Heat => Drawing::maps(values, shape, size, style)?,
    })
}

/// Maps of any sizes, drawn by one range at the size of the model's input: `sizes` are their widths and heights in turn.
pub(crate) fn draw_together(
    values: &[f32],
    sizes: &[usize],
    shows: Shows,
    style: &StyleOptions,
    model: &Model,
) -> Result<Drawing> {
    let (mut maps, mut rest) = (Vec::new(), values);
    for size in sizes.chunks(2) {
        let &[width, height] = size else { return Err(Error::MapSizes.into()) };
        let count = width.checked_mul(height).ok_or(Error::MapSizes)?;
        let (map, others) = rest.split_at_checked(count).ok_or(Error::MapSizes)?;
        maps.push(Map::new(map.to_vec(), width, height)?);
        rest = others;
    }
    if maps.is_empty() || !rest.is_empty() {
        return Err(Error::MapSizes.into());
    }
    let (height, width) = model.preprocessing.size;
    Ok(Drawing::of_maps(maps, (width as usize, height as usize), usual(shows).with(style)?)?)
}

/// How such values are drawn unless a reader chose otherwise.
fn usual(shows: Shows) -> Style {
    match shows {
        Shows::Signed => Style::SIGNED,
        Shows::Heat | Shows::Channels => Style::HEAT,
    }
}

/// Smallest and largest of what is drawn.
fn extremes(drawing: &Drawing, values: &[f32]) -> Option<(f32, f32)> {
    let all = drawing.maps.iter().flat_map(|map| map.values());
    let drawn: Box<dyn Iterator<Item = &f32>> =
        if drawing.maps.is_empty() { Box::new(values.iter()) } else { Box::new(all) };
    drawn.filter(|value| value.is_finite()).fold(None, |found, value| match found {
        None => Some((*value, *value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}
