//! `cargo xtask bench`: how long things take on this machine. It prints times and asserts nothing,
//! because a time is meaningful only on an otherwise idle machine.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::browser::{self, Browser};
use crate::process::{capture, cargo, run};
use crate::server;
use crate::steps::in_words;
use crate::workspace::Workspace;

/// Time the network and its explanations, in a browser on the page as it was last built, and
/// natively
#[derive(Args)]
pub struct Arguments {
    /// What to time
    #[arg(default_value = "main-job")]
    what: What,
    /// The folder of the networks that tests/bench/onnx/make.py wrote: times onnxruntime-web beside
    /// `models`
    #[arg(long, value_name = "FOLDER")]
    peer: Option<PathBuf>,
    /// Time WebGPU as well (on a machine without a GPU that is an adapter in software, which takes
    /// minutes)
    #[arg(long)]
    gpu: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A forward pass, and Grad-CAM at some depths
    MainJob,
    /// Every method at the settings of the guide, in the browser and natively
    Methods,
    /// Every network: loading, a forward pass, a gradient, Grad-CAM, in the browser and natively
    Models,
}

/// The networks that are timed, with made-up weights.
const MODELS: [&str; 7] = [
    "efficientnet-lite0",
    "efficientnet-lite1",
    "efficientnet-lite2",
    "efficientnet-lite3",
    "efficientnet-lite4",
    "xception",
    "vgg16",
];

/// The guide's own settings, and how many passes through the network each takes.
const METHODS: [(&str, &[&str], u32); 7] = [
    ("saliency", &[], 1),
    ("grad-cam", &[], 1),
    ("activations", &["--layer", "blocks.2"], 1),
    ("integrated-gradients", &["--set", "steps=50"], 50),
    ("smooth-grad", &["--set", "samples=80"], 80),
    ("expected-gradients", &["--set", "samples=200", "--background", "www/backgrounds"], 250),
    ("occlusion", &["--set", "window=7", "--set", "form=one-minus-probability"], 1024),
];

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let browser = Browser::ready(workspace)?;
        let dist = workspace.dist();
        ensure!(dist.join("index.html").exists(), "there is no page to time: run `cargo xtask build` first");
        let address = server::spawn(&dist)?;
        let script = match self.what {
            What::MainJob => "tests/bench/main_job.mjs",
            What::Methods => "tests/bench/methods.mjs",
            What::Models => "tests/bench/models.mjs",
        };
        let mut arguments = Vec::new();
        if self.what == What::Models {
            let seeded = browser::seeded(workspace, &MODELS)?;
            arguments.extend(MODELS.map(|model| format!("{model}={}", weights(&seeded, model).display())));
            time_models(workspace, &seeded)?;
        }
        if let Some(folder) = &self.peer {
            browser::packages(&workspace.root.join("tests").join("bench").join("onnx"))?;
            arguments.extend(["--peer".to_owned(), folder.display().to_string()]);
        }
        let mut node = Command::new(&browser.node);
        node.arg(workspace.root.join(script))
            .args(arguments)
            .args(self.gpu.then_some("--gpu"))
            .env("NEGAH_URL", &address)
            .env("NEGAH_SUB_PATH_URL", &address)
            .env("NEGAH_CHROME", &browser.chrome);
        run(&mut node)?;
        if self.what == What::Methods { native(workspace) } else { Ok(()) }
    }
}

/// The same methods by the native command.
fn native(workspace: &Workspace) -> Result<()> {
    run(cargo().current_dir(&workspace.root).args(["build", "--quiet", "--release", "--package", "negah"]))?;
    let negah = workspace.target.join("release").join(format!("negah{EXE_SUFFIX}"));
    for (method, settings, passes) in METHODS {
        let record = explain(&negah, &workspace.root, method, settings).context("timing the native command")?;
        let seconds = record["seconds"].as_f64().unwrap_or_default();
        let memory =
            record["peak_memory"].as_u64().map_or("unknown".to_owned(), |bytes| format!("{} MB", bytes / 1_000_000));
        let time = in_words(Duration::from_secs_f64(seconds));
        println!("native: {method}: {time}, {:.1} passes a second, peak memory {memory}", f64::from(passes) / seconds);
    }
    Ok(())
}

/// Every network natively, each in a process of its own.
fn time_models(workspace: &Workspace, seeded: &Path) -> Result<()> {
    let build = ["build", "--quiet", "--release", "--workspace", "--bin", "time-model"];
    run(cargo().current_dir(&workspace.root).args(build))?;
    let program = workspace.target.join("release").join(format!("time-model{EXE_SUFFIX}"));
    for model in MODELS {
        let mut command = Command::new(&program);
        command.env("CARGO_MANIFEST_DIR", workspace.root.join("tests")).arg(model).arg(weights(seeded, model));
        let record: serde_json::Value = serde_json::from_str(&capture(&mut command)?)?;
        let number = |name: &str| record[name].as_f64().unwrap_or_default();
        let seconds = |name: &str| format!("{:.3} s", number(name));
        println!(
            "native, {model}: loaded in {} ({:.2} s per 100 MB); forward {}, forward with backward {}, Grad-CAM {}; \
             memory {:.0} MB at most",
            seconds("load"),
            number("load") * 1e8 / number("bytes"),
            seconds("forward"),
            seconds("backward"),
            seconds("grad_cam"),
            number("peak") / 1e6,
        );
    }
    Ok(())
}

fn weights(folder: &Path, model: &str) -> PathBuf {
    folder.join(format!("{model}.safetensors"))
}

fn explain(negah: &Path, root: &Path, method: &str, settings: &[&str]) -> Result<serde_json::Value> {
    let mut command = Command::new(negah);
    command.current_dir(root).args(["explain", "--json", "-", "--method", method]).args(settings);
    Ok(serde_json::from_str(&capture(command.arg("www/samples/chelsea.png"))?)?)
}
