//! `cargo xtask goldens`: computes the peers' arrays again.
//!
//! The goldens are in the repository, so nobody needs this, or Python, to build or to test. The
//! peers get the same tensors as the network, so that decoding and resizing do not affect the
//! comparison.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::fetch;
use crate::manifest::FETCHED;
use crate::process::{cargo, run};
use crate::workspace::Workspace;

/// Make the goldens of the models and their methods again (needs Python 3 with venv, and gigabytes
/// of PyTorch)
#[derive(Args)]
pub struct Arguments {}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let goldens = workspace.root.join("tests/goldens");
        let scratch = workspace.tools().join("goldens");
        fs::create_dir_all(&scratch).with_context(|| format!("creating {}", scratch.display()))?;

        let venv = scratch.join("venv");
        let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        }
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet"]);
        for folder in
            ["efficientnet_lite0", "efficientnet_lite2", "keras_models", "methods_efficientnet", "methods_small"]
        {
            install.arg("--requirement").arg(goldens.join(folder).join("requirements.txt"));
        }
        run(&mut install).context("installing the peers")?;

        fetch::Arguments {}.run(workspace)?;
        let models = workspace.models();
        let full = scratch.join("full");
        fs::create_dir_all(&full).with_context(|| format!("creating {}", full.display()))?;
        // What a model gets, its weights, and where the script writes them in full precision.
        let files = |id: &str, folder: &Path| -> Result<[PathBuf; 3]> {
            let file = format!("{id}.safetensors");
            let inputs = scratch.join(format!("inputs-{file}"));
            run(cargo()
                .current_dir(&workspace.root)
                .args(["run", "--package", "negah-tests", "--example", "inputs", "--", id])
                .arg(&inputs))?;
            Ok([inputs, folder.join(&file), full.join(&file)])
        };
        let make = |folder: &str, arguments: &[PathBuf]| {
            run(Command::new(&python).arg(goldens.join(folder).join("make.py")).args(arguments))
        };
        let lite0 = files("efficientnet-lite0", &models)?;
        make("efficientnet_lite0", &lite0)?;
        make("efficientnet_lite2", &files("efficientnet-lite2", &models.join(FETCHED))?)?;
        make("methods_efficientnet", &lite0[..2])?;
        make("methods_small", &[])?;
        make("keras_models", &[workspace.root.join("www/samples")])?;

        // What the new goldens say, with the weights in full precision as well.
        run(cargo()
            .current_dir(&workspace.root)
            .args(["test", "--package", "negah-tests", "--", "--include-ignored", "--nocapture"])
            .env("NEGAH_FULL_WEIGHTS", full))
    }
}
