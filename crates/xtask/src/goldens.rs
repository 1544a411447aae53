//! `cargo xtask goldens`: what peers compute, made again.
//!
//! The goldens are in the repository, so nobody needs this, or Python, to build or to test. It gives the
//! peers the very tensors that the network gets, so that decoding and resizing do not blur the comparison.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::process::{cargo, run};
use crate::workspace::Workspace;

/// Make the goldens of the model and its methods again (needs Python 3 with venv, and gigabytes of PyTorch)
#[derive(Args)]
pub struct Arguments {}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let goldens = workspace.root.join("tests/goldens");
        let folder = goldens.join("efficientnet_lite0");
        let scratch = workspace.tools().join("goldens");
        fs::create_dir_all(&scratch).with_context(|| format!("creating {}", scratch.display()))?;

        let venv = scratch.join("venv");
        let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        }
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet"]);
        for folder in ["efficientnet_lite0", "keras_models", "methods_efficientnet", "methods_small"] {
            install.arg("--requirement").arg(goldens.join(folder).join("requirements.txt"));
        }
        run(&mut install).context("installing the peers")?;

        let inputs = scratch.join("inputs.safetensors");
        run(cargo()
            .current_dir(&workspace.root)
            .args(["run", "--package", "negah-tests", "--example", "inputs", "--"])
            .arg(&inputs))?;
        let full = scratch.join("full.safetensors");
        let half = workspace.root.join("www/models/efficientnet-lite0.safetensors");
        run(Command::new(&python).arg(folder.join("make.py")).args([&inputs, &half, &full]))?;
        run(Command::new(&python).arg(goldens.join("methods_efficientnet/make.py")).args([&inputs, &half]))?;
        run(Command::new(&python).arg(goldens.join("methods_small/make.py")))?;
        let samples = workspace.root.join("www/samples");
        run(Command::new(&python).arg(goldens.join("keras_models/make.py")).arg(samples))?;

        // What the new goldens say, with the weights in full precision as well.
        run(cargo()
            .current_dir(&workspace.root)
            .args(["test", "--package", "negah-tests", "--", "--include-ignored", "--nocapture"])
            .env("NEGAH_FULL_WEIGHTS", full))
    }
}
