//! `negah explain`: why the network sees a class.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, anyhow, bail, ensure};
use burn::tensor::Tensor;
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use indicatif::{ProgressBar, ProgressStyle};
use negah_attribution::{EXPLAINERS, MethodInfo, Progress, Score, Setting, find};
use negah_explain::numpy::{Array, npy, npz};
use negah_explain::record::{Origin, Record, json};
use negah_explain::{
    ArrayValues, BATCH_ON_CPU, BATCH_ON_GPU, ExplainRequest, Explanation, METHOD, NativeHost, Prediction, Resolved,
    SCORE, Subject, TARGET, Targets, UnknownClass, block_on, classify, explain, pixels_of,
};
use negah_render::{COLORMAPS, ChannelReduction, Style, StyleOptions};

use crate::batch::{each, threads};
use crate::device::DeviceChoice;
use crate::failures::Failures;
use crate::input::{BackgroundArguments, InputFile, InputFiles, check_array};
use crate::model::{Loaded, ModelArguments};
use crate::output::{Destination, check, figure, number, peak_memory, png};
use crate::terminal::{Printer, tell, visible};

/// Show why a network sees a class in pictures
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    subjects: InputFiles,
    #[command(flatten)]
    background: BackgroundArguments,
    /// The method; `negah methods` describes them
    #[arg(
        long,
        default_value = METHOD,
        value_parser = PossibleValuesParser::new(EXPLAINERS.iter().map(|explainer| explainer.info().id))
    )]
    method: String,
    /// The layer to look at, by name or number (-1 is the last), or for methods that look at a
    /// layer's input that layer; `negah layers` lists them
    #[arg(long, allow_hyphen_values = true)]
    layer: Option<String>,
    #[arg(long, value_name = "CLASS", help = target_help())]
    target: Vec<String>,
    /// Which number of the class
    #[arg(long, default_value = SCORE.id(), value_parser = PossibleValuesParser::new(Score::ALL.map(|(id, _)| id)))]
    score: String,
    /// A parameter of the method. May be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The same as --set seed=N
    #[arg(long)]
    seed: Option<u32>,
    /// Draw one stream of random numbers over all pictures, as one call of shap_values does,
    /// instead of beginning at the seed for each
    #[arg(long)]
    one_stream: bool,
    /// What computes
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// How many pictures at once [default: as many as the machine has cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    #[arg(long, help = batch_help(), value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// The colours [default: as the method's values call for]
    #[arg(long, value_parser = PossibleValuesParser::new(COLORMAPS.iter().map(|colormap| colormap.id)))]
    colormap: Option<String>,
    #[arg(long, help = channels_help(), value_parser = PossibleValuesParser::new(ChannelReduction::ALL.map(|(id, _)| id)))]
    channels: Option<String>,
    #[arg(long, help = percentile_help(), value_name = "0..100", value_parser = percentile)]
    percentile: Option<f64>,
    #[arg(long, help = tiles_help(), value_parser = PossibleValuesParser::new(StyleOptions::TILES))]
    tiles: Option<String>,
    /// Write the map over the picture, with the bar of its colours; {name} stands for the image's
    /// name, `-` for the standard output
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write the raw values, [targets, channels, height, width]
    #[arg(long, value_name = "FILE")]
    npy: Option<PathBuf>,
    /// Write the raw values, and their variance where the method draws samples, as the arrays
    /// `values` and `variance`
    #[arg(long, value_name = "FILE")]
    npz: Option<PathBuf>,
    /// Write settings, numbers and maps (not a grid's values: see --npy); `-` is the standard
    /// output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Print that JSON for each picture as soon as it is done, a line each
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
}

fn target_help() -> String {
    format!(
        "A class by index, name or WordNet id; `top`, or `top3` for the best three. May be repeated [default: {TARGET}]"
    )
}

fn batch_help() -> String {
    format!("How many samples at once [default: {BATCH_ON_CPU} on the CPU, {BATCH_ON_GPU} on a GPU]")
}

fn channels_help() -> String {
    format!("How channels become one map [default: {}]", ChannelReduction::default().id())
}

fn percentile_help() -> String {
    let (signed, heat) = (Style::SIGNED.percentile, Style::HEAT.percentile);
    format!(
        "The percentile of the values at which the colours end [default: {signed} for signed maps, {heat} for others]"
    )
}

fn tiles_help() -> String {
    let default = StyleOptions::TILES[usize::from(Style::HEAT.tiles_apart)];
    format!("Whether the tiles of a grid share one range or have their own [default: {default}]")
}

/// Refuses, once for all pictures, classes that no picture has.
///
/// # Errors
/// See above.
fn check_classes(request: &Resolved, loaded: &Loaded) -> Result<()> {
    let labels = Arc::clone(&loaded.model.labels);
    // The scores decide only what `top` means.
    let prediction = Prediction::new(vec![0.0; labels.classes().len()], labels);
    match prediction.find_all(request.targets.iter().map(String::as_str)) {
        Ok(_) => Ok(()),
        // The best classes are those of a picture, and there is none yet.
        Err(UnknownClass::Name { asked, classes, .. }) => {
            bail!("There is no class “{asked}”: none of the {classes} classes has this name.")
        }
        Err(error) => Err(error.into()),
    }
}

/// What all pictures share.
struct Plan {
    loaded: Loaded,
    request: Resolved,
    /// What the values of the array are.
    values: ArrayValues,
    background: Option<Tensor<4>>,
    background_files: Vec<String>,
    /// Whether the progress of a single picture is shown.
    bar: bool,
}

/// The result for one picture.
struct Outcome {
    report: String,
    json: Option<String>,
    png: Option<Vec<u8>>,
    npy: Option<Vec<u8>>,
    npz: Option<Vec<u8>>,
}

impl Arguments {
    pub fn run(&self) -> Result<()> {
        let subjects = self.subjects.files()?;
        let several = subjects.len() > 1;
        let request = self.request().map_err(usage)?;
        let standard = PathBuf::from("-");
        let json_path = if self.json_lines { Some(&standard) } else { self.json.as_ref() };
        let [png, npy, npz, json] = [self.png.as_ref(), self.npy.as_ref(), self.npz.as_ref(), json_path]
            .map(|path| path.map(|path| Destination::new(path, several)));
        let textual: Vec<&Destination<'_>> = json.iter().collect();
        let all: Vec<&Destination<'_>> = [&png, &npy, &npz, &json].into_iter().flatten().collect();
        let read: Vec<PathBuf> = subjects.iter().map(|subject| subject.path().to_owned()).collect();
        let read = [read, self.background.paths(), self.model.weights.iter().cloned().collect()].concat();
        check(&subjects, &read, &all, &textual)?;

        let loaded = self.model.load(self.device.compute()?, &self.subjects.inputs)?;
        let values = check_array(&subjects, &loaded, self.subjects.inputs.npy_values())?;
        let (background, background_files) = self.background.open(&loaded, self.subjects.inputs.npy_values())?;
        let used = request.background_use()?;
        let request = request.resolve(&loaded.model, loaded.compute.is_gpu)?;
        if several {
            check_classes(&request, &loaded)?;
        }
        self.background.note(request.info().name, used);
        let threads = threads(self.threads.map(usize::from), subjects.len(), loaded.compute.is_gpu);
        let plan = Plan { loaded, request, values, background, background_files, bar: !several };
        let quiet = all.iter().any(|one| one.is_stdout());
        let mut printer = Printer::new(all.iter().any(|one| !one.is_stdout()));
        let mut failures = Failures::of(subjects.len());
        let work = |index: usize, subject: &InputFile| self.explain(&plan, index, subject);
        each(&subjects, threads, work, |index, outcome| {
            let mut printed = Vec::new();
            let outcome = outcome.and_then(|outcome| {
                let text = outcome.json.map(|text| format!("{text}\n").into_bytes());
                let results = [(&png, outcome.png), (&npy, outcome.npy), (&npz, outcome.npz), (&json, text)];
                for (destination, bytes) in results {
                    match destination.as_ref().zip(bytes) {
                        Some((destination, bytes)) if destination.is_stdout() => printed = bytes,
                        Some((destination, bytes)) => destination.write(&subjects[index], &bytes)?,
                        None => {}
                    }
                }
                Ok(outcome.report)
            });
            let Some(report) = failures.take(subjects[index].name(), outcome) else { return Ok(()) };
            // Where a program reads the standard output, the words go elsewhere.
            if quiet {
                tell(report.trim_end());
            } else {
                printer.print(visible(&report).as_bytes())?;
            }
            printer.print(&printed)
        })?;
        failures.end()
    }

    /// The request in its text form.
    fn request(&self) -> Result<ExplainRequest> {
        let info = find(&self.method)?.info();
        let style = StyleOptions {
            colormap: self.colormap.clone(),
            channels: self.channels.clone(),
            percentile: self.percentile,
            tiles: self.tiles.clone(),
        };
        let request = ExplainRequest {
            method: Some(self.method.clone()),
            target: Targets(self.target.clone()),
            score: Some(self.score.clone()),
            layer: self.layer.clone(),
            parameters: self.parameters(info)?,
            batch: self.batch.map(|batch| batch as usize),
            style,
        };
        request.check()?;
        self.background.check(info.name, request.background_use()?)?;
        ensure!(
            !self.one_stream || info.parameter("seed").is_ok(),
            "{} draws no random numbers: leave --one-stream out",
            info.name
        );
        Ok(request)
    }

    fn parameters(&self, info: &'static MethodInfo) -> Result<std::collections::BTreeMap<String, Setting>> {
        let mut given = std::collections::BTreeMap::new();
        for setting in &self.set {
            let (id, text) = setting
                .split_once('=')
                .ok_or_else(|| anyhow!("--set takes KEY=VALUE, such as samples=20, not “{setting}”"))?;
            let other = given.insert(id.to_owned(), info.parameter(id)?.kind.parse(text));
            ensure!(other.is_none(), "the parameter “{id}” is set twice: give it once");
        }
        if let Some(seed) = self.seed {
            let other = given.insert("seed".to_owned(), Setting::Number(seed.into()));
            ensure!(other.is_none(), "the seed is set twice, by --seed and by --set: give it once");
        }
        Ok(given)
    }

    fn explain(&self, plan: &Plan, index: usize, subject: &InputFile) -> Result<Outcome> {
        let Plan { loaded: Loaded { model, compute }, request, .. } = plan;
        let opened = subject.open(&plan.loaded, plan.values)?;
        let bar = progress_bar(request.info().name, plan.bar);
        let host = NativeHost(|progress: Progress| {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
        });
        let answer = block_on(classify(&host, model, opened.input.clone()))?;
        let explained = Subject {
            input: opened.input,
            pixels: pixels_of(&model.preprocessing),
            background: plan.background.clone(),
            stream_offset: if self.one_stream { index } else { 0 },
        };
        let start = Instant::now();
        let explanation = block_on(explain(&host, model, &explained, &answer, request))?;
        let seconds = start.elapsed().as_secs_f64();
        bar.finish_and_clear();

        let origin = Origin {
            image: subject.name(),
            model: model.id.clone(),
            crop_mode: subject.crop_mode(&model.preprocessing),
            background: plan.background_files.clone(),
            device: compute.name.clone(),
            seconds,
            peak_memory: peak_memory(),
        };
        let record = Record::new(&explanation, &answer.prediction, origin);
        let shape = &explanation.shape;
        let values = || Array::Floats { shape, values: &explanation.values };
        let variance = explanation.variance.as_deref();
        let arrays = || {
            let variance = variance.map(|values| ("variance".to_owned(), Array::Floats { shape, values }));
            [("values".to_owned(), values())].into_iter().chain(variance)
        };
        let view = opened.view.as_ref().map(|view| negah_render::Image {
            width: view.width() as usize,
            height: view.height() as usize,
            data: view.to_rgba(),
        });
        let names: Vec<&str> = record.targets().iter().map(|target| target.class.name.as_str()).collect();
        let wants_json = self.json_lines || self.json.is_some();
        Ok(Outcome {
            report: report(&subject.name(), &explanation, &record, seconds),
            json: wants_json.then(|| json(&record)).transpose()?,
            png: self.png.is_some().then(|| png(&figure(&explanation, view.as_ref(), &names))).transpose()?,
            npy: self.npy.is_some().then(|| npy(values())).transpose()?,
            npz: self.npz.is_some().then(|| npz(arrays())).transpose()?,
        })
    }
}

/// A bar of samples on a terminal; hidden where several pictures would have one each.
fn progress_bar(name: &'static str, shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos} of {len}, {eta} left");
    bar.set_style(style.expect("the template is a constant that can be read"));
    bar.set_message(name);
    bar
}

/// What was found, in lines for a reader.
fn report(image: &str, explanation: &Explanation, record: &Record, seconds: f64) -> String {
    let mut text = String::new();
    let name = explanation.info.name;
    for target in record.targets() {
        let shown = |value: Option<f32>| value.map_or("none".to_owned(), number);
        let (min, max, percent) = (shown(target.min), shown(target.max), 100.0 * target.class.probability);
        text += &format!("{image}: {name}, {} ({percent:.1} %): {min} to {max}", target.class.name);
        for (id, value) in &target.measures {
            text += &format!(", {id} {}", shown(*value));
        }
        text += &format!(", {seconds:.2} s\n");
        if let Some(note) = &target.note {
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
