use burn::tensor::Tensor;
use negah_attribution::{Attribution, BlankReason, Diagnostic, Measure, Pixels, Run, Target, Task};
use negah_network::Model;
use negah_render::{NoRange, ranked};

use crate::{Answer, Blank, Error, Explanation, Host, MeasureValues, Resolved, draw};

/// What is explained, beside the model and the request.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The network's input, `[1, channels, height, width]`.
    pub input: Tensor<4>,
    /// The preprocessing of levels to such values.
    pub pixels: Pixels,
    /// The pictures compared with, `[pictures, channels, height, width]`, preprocessed alike.
    pub background: Option<Tensor<4>>,
    /// How many pictures came before this one in one stream of random numbers, as in one call of
    /// SHAP with several pictures; 0 begins at the seed.
    pub stream_offset: usize,
}

/// Explains classes of one input. `answer` is the network's prediction for it.
///
/// # Errors
/// For an unknown class, for what the method refuses, and where the host fails or cancels.
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
