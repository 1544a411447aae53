//! `negah explain`: why the network sees a class.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};
use burn::tensor::Tensor;
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use indicatif::{ProgressBar, ProgressStyle};
use negah_attribution::{
    Attribution, EXPLAINERS, Info, Job, LooksAt, Parameters, Score, Shows, Target as Asked, Value, find,
};
use negah_render::{COLORMAPS, Drawing, Join, Picture, Style, StyleOptions, ranked};
use negah_zoo::Prediction;

use crate::device::Choice;
use crate::model::{FramingArguments, Loaded, ModelArguments, values};
use crate::output::{Record, Target, path_for, peak_memory, sheet, write_png};

/// Show why a network sees a class in pictures
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    framing: FramingArguments,
    /// The method; `negah methods` describes them
    #[arg(long, value_parser = PossibleValuesParser::new(EXPLAINERS.iter().map(|explainer| explainer.info().id)))]
    method: String,
    /// The layer to look at, or for SHAP the one whose input is looked at; `negah layers` lists them
    #[arg(long)]
    layer: Option<String>,
    /// A class by index, name or WordNet id; `top`, or `top3` for the best three. May be repeated [default: top]
    #[arg(long, value_name = "CLASS")]
    target: Vec<String>,
    /// Which number of the class
    #[arg(long, default_value = "logit", value_parser = PossibleValuesParser::new(Score::ALL.map(|(id, _)| id)))]
    score: String,
    /// A parameter of the method. May be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The same as --set seed=N
    #[arg(long)]
    seed: Option<u32>,
    /// A folder of pictures to compare with: a background, or (its first) a baseline
    #[arg(long, value_name = "DIR")]
    background: Option<PathBuf>,
    /// What computes
    #[arg(long, default_value = "auto")]
    device: Choice,
    /// How many samples at once; on a CPU more than one gains nothing
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// The colours [default: as the method's values call for]
    #[arg(long, value_parser = PossibleValuesParser::new(COLORMAPS.iter().map(|colormap| colormap.id)))]
    colormap: Option<String>,
    /// How channels become one map
    #[arg(long, default_value = "sum", value_parser = PossibleValuesParser::new(Join::ALL.map(|(id, _)| id)))]
    channels: String,
    /// The percentile of the values at which the colours end [default: 99.9 for signed maps, 100 for others]
    #[arg(long, value_name = "0..100", value_parser = percentile)]
    percentile: Option<f64>,
    /// Whether the tiles of a grid share one range or have their own
    #[arg(long, default_value = "together", value_parser = PossibleValuesParser::new(StyleOptions::TILES))]
    tiles: String,
    /// Write the map over the picture; {name} stands for the image's name
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write the raw values, [targets, channels, height, width]
    #[arg(long, value_name = "FILE")]
    npy: Option<PathBuf>,
    /// Write settings, numbers and maps (not a grid's values: see --npy); `-` is the standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A tensor that is the network's input already, [1, channels, height, width], instead of images
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    input_npy: Option<PathBuf>,
    /// Pictures: JPEG, PNG, WebP, GIF or BMP
    #[arg(required_unless_present = "input_npy", value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

/// What holds for all images.
struct Plan {
    loaded: Loaded,
    info: &'static Info,
    score: Score,
    parameters: Parameters,
    background: Option<(Vec<PathBuf>, Tensor<4>)>,
    style: Style,
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let info = find(&self.method)?.info();
        let plan = Plan {
            parameters: self.parameters(info).map_err(usage)?,
            score: Score::find(&self.score)?,
            style: self.style(info.shows)?,
            loaded: self.model.load(self.device.compute()?, &self.framing)?,
            info,
            background: None,
        };
        let background = self.background.as_deref().map(|folder| plan.loaded.open_folder(folder)).transpose()?;
        let plan = Plan { background, ..plan };
        self.check_outputs()?;
        if let Some(path) = &self.input_npy {
            return self.explain(&plan, path, plan.loaded.open_npy(path)?, None);
        }
        for image in &self.images {
            let (picture, input) = plan.loaded.open(image)?;
            let view = plan.loaded.preprocessing.view(&picture);
            let ground = Picture { width: view.width() as usize, height: view.height() as usize, data: view.to_rgba() };
            self.explain(&plan, image, input, Some(&ground))?;
        }
        Ok(())
    }

    /// Refuses now, not after a minute of computing, what could not be written or would be written over.
    fn check_outputs(&self) -> Result<()> {
        let several = self.images.len() > 1;
        let images = self.images.iter().chain(&self.input_npy);
        let outputs = [&self.png, &self.npy, &self.json].into_iter().flatten().filter(|path| *path != Path::new("-"));
        let mut taken: BTreeMap<PathBuf, &Path> = BTreeMap::new();
        for (path, image) in outputs.flat_map(|path| images.clone().map(move |image| (path, image))) {
            let path = path_for(path, image, several)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            ensure!(
                folder.is_dir(),
                "{} cannot be written: make the folder {} first",
                path.display(),
                folder.display()
            );
            if let Some(other) = taken.insert(path.clone(), image) {
                let (path, other, image) = (path.display(), other.display(), image.display());
                bail!("{path} would be written twice, for {other} and for {image}: give each its own file");
            }
        }
        Ok(())
    }

    fn parameters(&self, info: &'static Info) -> Result<Parameters> {
        let mut given: Vec<(String, Value)> = Vec::new();
        for setting in &self.set {
            let (id, text) = setting
                .split_once('=')
                .ok_or_else(|| anyhow!("--set takes KEY=VALUE, such as samples=20, not “{setting}”"))?;
            given.push((id.to_owned(), info.parameter(id)?.kind.parse(text)));
        }
        given.extend(self.seed.map(|seed| ("seed".to_owned(), Value::Number(seed.into()))));
        Ok(Parameters::new(info, given)?)
    }

    fn style(&self, shows: Shows) -> Result<Style> {
        let usual = match shows {
            Shows::Signed => Style::SIGNED,
            Shows::Heat | Shows::Channels => Style::HEAT,
        };
        let options = StyleOptions {
            colormap: self.colormap.clone(),
            channels: Some(self.channels.clone()),
            percentile: self.percentile,
            tiles: Some(self.tiles.clone()),
        };
        Ok(usual.with(&options)?)
    }

    /// The classes asked for, in order.
    fn classes(&self, prediction: &Prediction) -> Result<Vec<usize>> {
        let asked: Vec<&str> =
            if self.target.is_empty() { vec!["top"] } else { self.target.iter().map(String::as_str).collect() };
        let mut classes = Vec::new();
        for asked in asked {
            classes.extend(prediction.find(asked)?);
        }
        Ok(classes)
    }

    fn explain(&self, plan: &Plan, image: &Path, input: Tensor<4>, ground: Option<&Picture>) -> Result<()> {
        let Plan { loaded, info, .. } = plan;
        let prediction = loaded.predict(input.clone())?;
        let classes = self.classes(&prediction)?;
        let job = Job {
            network: &loaded.network,
            input,
            pass: None,
            pixels: loaded.pixels(),
            pictures: plan.background.as_ref().map(|(_, pictures)| pictures.clone()),
            targets: classes.iter().map(|class| Asked { class: *class, score: plan.score }).collect(),
            layer: info.layer(&loaded.network, self.layer.as_deref(), loaded.model.layer)?,
            batch: self.batch,
            parameters: plan.parameters.clone(),
        };
        let start = Instant::now();
        let attribution = run(info, job)?;
        let shape = attribution.values.dims();
        let raw = values(attribution.values.clone())?;
        let seconds = start.elapsed().as_secs_f64();

        let order =
            attribution.ranking.clone().map(|ranking| values(ranking).map(|ranking| ranked(&ranking))).transpose()?;
        let drawing = draw(plan, &raw, shape, order.as_deref())?;
        let targets = targets(&attribution, &drawing, &raw, &classes, &prediction)?;
        let text = report(image, info, &targets, seconds);
        // Where the standard output is to be read by a program, the words go elsewhere.
        if self.json.as_deref() == Some(Path::new("-")) {
            eprint!("{text}");
        } else {
            write!(io::stdout(), "{text}")?;
        }

        let several = self.images.len() > 1;
        if let Some(path) = &self.npy {
            crate::npy::write(&path_for(path, image, several)?, &raw, shape)?;
        }
        if let Some(path) = &self.png {
            let picture = sheet(&drawing, info.shows, plan.style.colormap.clear, ground);
            write_png(&path_for(path, image, several)?, &picture)?;
        }
        if let Some(path) = &self.json {
            let usual = (info.looks_at == LooksAt::Output).then(|| loaded.model.layer.to_owned());
            let record = Record {
                version: env!("CARGO_PKG_VERSION"),
                image: image.display().to_string(),
                model: loaded.model.id,
                method: info.id,
                layer: self.layer.clone().or(usual),
                score: plan.score.id(),
                parameters: &plan.parameters,
                framing: loaded.preprocessing.framing.id(),
                background: plan.background.iter().flat_map(|(paths, _)| paths).cloned().collect(),
                batch: self.batch,
                channels: &self.channels,
                device: &loaded.compute.name,
                seconds,
                peak_memory: peak_memory(),
                shape,
                targets,
                order,
            };
            let text = serde_json::to_string(&record)?;
            if path == Path::new("-") {
                writeln!(io::stdout(), "{text}")?;
            } else {
                let path = path_for(path, image, several)?;
                fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
            }
        }
        Ok(())
    }
}

/// Runs a job to its end, its progress on a terminal.
fn run(info: &Info, job: Job<'_>) -> Result<Attribution> {
    let mut run = find(info.id)?.start(job)?;
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos} of {len}, {eta} left");
    bar.set_style(style.expect("the template is a constant that can be read"));
    bar.set_message(info.name);
    loop {
        let progress = run.step()?;
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        if progress.finished() {
            break;
        }
    }
    bar.finish_and_clear();
    run.attribution().ok_or_else(|| anyhow!("{} ended without a map", info.name))
}

fn draw(plan: &Plan, raw: &[f32], shape: [usize; 4], order: Option<&[usize]>) -> Result<Drawing> {
    let (height, width) = plan.loaded.preprocessing.size;
    Ok(match plan.info.shows {
        Shows::Channels => {
            let all: Vec<usize> = (0..shape[1]).collect();
            Drawing::grid(raw, shape, order.unwrap_or(&all), plan.style)?
        }
        Shows::Signed | Shows::Heat => Drawing::maps(raw, shape, (width as usize, height as usize), plan.style)?,
    })
}

fn targets(
    attribution: &Attribution,
    drawing: &Drawing,
    raw: &[f32],
    classes: &[usize],
    prediction: &Prediction,
) -> Result<Vec<Target>> {
    let mut measures = Vec::new();
    for measure in &attribution.measures {
        measures.push((measure.id, values(measure.values.clone())?));
    }
    // A grid belongs to no class; it is told once, with the first.
    let shown = if drawing.maps.is_empty() { 1 } else { classes.len() };
    if drawing.notes.len() < shown {
        bail!("fewer maps came than classes were asked for");
    }
    let target = |(index, class): (usize, &usize)| {
        let map = drawing.maps.get(index);
        let all = map.map_or(raw, |map| map.values());
        let finite = || all.iter().copied().filter(|value| value.is_finite());
        Target {
            class: prediction.scored(*class).into(),
            min: finite().reduce(f32::min),
            max: finite().reduce(f32::max),
            map: map.map(|map| map.values().to_vec()).unwrap_or_default(),
            note: drawing.notes[index].map(|note| note.to_string()),
            measures: measures.iter().map(|(id, values)| (*id, values[index])).collect(),
        }
    };
    Ok(classes.iter().take(shown).enumerate().map(target).collect())
}

/// What was found, in lines for a reader.
fn report(image: &Path, info: &Info, targets: &[Target], seconds: f64) -> String {
    let mut text = String::new();
    for Target { class, min, max, note, measures, .. } in targets {
        let shown = |value: &Option<f32>| value.map_or("none".to_owned(), number);
        let (min, max, percent) = (shown(min), shown(max), 100.0 * class.probability);
        text += &format!("{}: {}, {} ({percent:.1} %): {min} to {max}", image.display(), info.name, class.name);
        for (id, value) in measures {
            text += &format!(", {id} {}", number(*value));
        }
        text += &format!(", {seconds:.2} s\n");
        if let Some(note) = note {
            text += &format!("  {note}\n");
        }
    }
    text
}

/// A mistake on the command line, which has an exit code of its own.
fn usage(error: anyhow::Error) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{error:#}\n")).into()
}

fn percentile(text: &str) -> Result<f64, String> {
    let value = text.parse().map_err(|_| "it is a number from 0 to 100".to_owned())?;
    if (0.0..=100.0).contains(&value) { Ok(value) } else { Err("it is a number from 0 to 100".to_owned()) }
}

/// A number as a reader takes it in; never a nought that is none.
fn number(value: f32) -> String {
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) { format!("{value:.4}") } else { format!("{value:.2e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_not_shown_as_nought() {
        let shown = [0.0, 0.5, -0.001, 2.5e-6, -3e8].map(number);
        assert_eq!(shown, ["0.0000", "0.5000", "-0.0010", "2.50e-6", "-3.00e8"]);
    }
}
