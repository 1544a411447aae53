use std::fmt;

use burn::tensor::Tensor;
use negah_attribution::{
    Attribution, BlankReason, Diagnostic, Measure, MethodInfo, Parameters, Pixels, Run, Score, Target, Task,
};
use negah_network::Model;
use negah_render::{NoRange, RenderedExplanation, Style, ranked};

use crate::{Answer, Error, Host, Resolved, draw};

/// The answer to a request: values, and the maps that are drawn from them.
#[derive(Debug)]
pub struct Explanation {
    /// The method.
    pub info: &'static MethodInfo,
    /// The layer that was looked at; `None` for the picture.
    pub layer: Option<String>,
    /// Which number of each class is explained.
    pub score: Score,
    /// Every parameter of the method.
    pub parameters: Parameters,
    /// How many samples a step computed at most.
    pub batch: usize,
    /// The indices of the classes.
    pub classes: Vec<usize>,
    /// Signed, unscaled values, of the shape `shape`.
    pub values: Vec<f32>,
    /// `[targets, channels, height, width]`; a grid of channels has one target.
    pub shape: [usize; 4],
    /// How uncertain each value is, where the method draws samples, of the same shape.
    pub variance: Option<Vec<f32>>,
    /// Numbers about each target's map.
    pub measures: Vec<MeasureValues>,
    /// How much each channel of a grid counts, where the channels are ranked.
    pub ranking: Option<Vec<f32>>,
    /// The channels of a grid in the order of their ranking.
    pub order: Option<Vec<usize>>,
    /// The maps, joined over channels and coloured.
    pub drawing: RenderedExplanation,
    /// For each picture of the drawing, why it is blank, if it is.
    pub blank: Vec<Option<Blank>>,
    /// How they are drawn.
    pub style: Style,
}

/// Why a map is blank, as a sentence for the reader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Blank {
    /// The method knows the cause.
    Cause(BlankReason),
    /// Only the values are known.
    Values(NoRange),
}

impl fmt::Display for Blank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause(reason) => reason.fmt(f),
            Self::Values(note) => note.fmt(f),
        }
    }
}

/// A number about a map, for each of its targets.
#[derive(Debug, Clone)]
pub struct MeasureValues {
    /// The stable id, such as `convergence-delta`.
    pub id: &'static str,
    /// The name a reader sees.
    pub name: &'static str,
    /// What it says, in one line.
    pub summary: &'static str,
    /// One value a target.
    pub values: Vec<f32>,
}

impl Explanation {
    /// Smallest and largest finite value of a target's map, or of the grid; `None` where none is.
    #[must_use]
    pub fn extremes(&self, target: usize) -> Option<(f32, f32)> {
        let values = self.drawing.maps.get(target).map_or(self.values.as_slice(), |map| map.values());
        extremes(values.iter().copied())
    }

    /// Smallest and largest finite value of all maps, or of the grid.
    #[must_use]
    pub fn all_extremes(&self) -> Option<(f32, f32)> {
        if self.drawing.maps.is_empty() {
            return extremes(self.values.iter().copied());
        }
        extremes(self.drawing.maps.iter().flat_map(|map| map.values().iter().copied()))
    }
}

pub(crate) fn extremes(values: impl Iterator<Item = f32>) -> Option<(f32, f32)> {
    values.filter(|value| value.is_finite()).fold(None, |found, value| match found {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

/// What is explained, beside the model and the request.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The network's input, `[1, channels, height, width]`.
    pub input: Tensor<4>,
    /// How levels become such values.
    pub pixels: Pixels,
    /// The pictures compared with, `[pictures, channels, height, width]`, preprocessed alike.
    pub background: Option<Tensor<4>>,
    /// How many pictures came before this one in one stream of random numbers, as in one call of
    /// SHAP with several pictures; 0 begins at the seed.
    pub stream_offset: usize,
}

/// Explains classes of one input, for which `answer` is the network's own.
///
/// # Errors
/// For a class that there is not, for what the method refuses, and where the host fails or stops.
pub async fn explain<H: Host>(
    host: &H,
    model: &Model,
    subject: &Subject,
    answer: &Answer,
    request: &Resolved,
) -> Result<Explanation, H::Error> {
    let asked = request.targets.iter().map(String::as_str);
    let classes = answer.prediction.find_all(asked).map_err(Error::from)?;
    let target = |class: &usize| Target { class: *class, score: request.score };
    let task = Task {
        network: &model.network,
        input: subject.input.clone(),
        trace: Some(&answer.trace),
        pixels: subject.pixels.clone(),
        background: subject.background.clone(),
        targets: classes.iter().map(target).collect(),
        layer: request.layer,
        batch: request.batch,
        stream_offset: subject.stream_offset,
        parameters: request.parameters.clone(),
    };
    let mut run = request.explainer.start(task).map_err(Error::from)?;
    loop {
        let progress = run.step().map_err(Error::from)?;
        if host.is_asynchronous()
            && let Some(fence) = run.fence()
        {
            host.read(fence).await?;
        }
        host.progress(progress).await?;
        if progress.finished() {
            break;
        }
        if host.wants_partial() {
            let known = known_so_far(host, model, request, &classes, &run).await?;
            host.partial(known).await?;
        }
    }
    known_so_far(host, model, request, &classes, &run).await
}

async fn known_so_far<H: Host>(
    host: &H,
    model: &Model,
    request: &Resolved,
    classes: &[usize],
    run: &Run<'_>,
) -> Result<Explanation, H::Error> {
    let info = request.info();
    let attribution = run.attribution().ok_or(Error::NoMap { method: info.name })?;
    let Attribution { values, variance, measures, ranking, diagnostics } = attribution;
    let shape = values.dims();
    let values = host.read(values).await?;
    let variance = match variance {
        Some(variance) => Some(host.read(variance).await?),
        None => None,
    };
    let ranking = match ranking {
        Some(ranking) => Some(host.read(ranking).await?),
        None => None,
    };
    let order = ranking.as_deref().map(ranked);
    let mut read = Vec::new();
    for Measure { id, name, summary, values } in measures {
        read.push(MeasureValues { id, name, summary, values: host.read(values).await? });
    }
    let drawing = draw(&values, shape, info.map_kind, order.as_deref(), request.style, model.preprocessing.size)?;
    let mut blank = Vec::new();
    for (target, note) in drawing.notes.iter().enumerate() {
        blank.push(match note {
            None => None,
            Some(note @ NoRange::NotFinite { .. }) => Some(Blank::Values(*note)),
            Some(note) => Some(cause(host, &diagnostics, target).await?.map_or(Blank::Values(*note), Blank::Cause)),
        });
    }
    Ok(Explanation {
        info,
        layer: request.layer_name.clone(),
        score: request.score,
        parameters: request.parameters.clone(),
        batch: request.batch,
        classes: classes.to_vec(),
        values,
        shape,
        variance,
        measures: read,
        ranking,
        order,
        drawing,
        blank,
        style: request.style,
    })
}

/// The first of the diagnostics that explains why a target's map is blank.
async fn cause<H: Host>(host: &H, diagnostics: &[Diagnostic], target: usize) -> Result<Option<BlankReason>, H::Error> {
    for diagnostic in diagnostics {
        let values = host.read(diagnostic.values.clone()).await?;
        if diagnostic.explains(&values, target) {
            return Ok(Some(diagnostic.reason));
        }
    }
    Ok(None)
}
