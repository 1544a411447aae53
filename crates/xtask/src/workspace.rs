//! Where things are: the checkout, the target directory and what lies in them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process;

/// The folders that the commands work in.
///
/// Asked of cargo each time, never fixed when this crate is compiled: checkouts
/// that share a target directory share the compiled xtask too.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    /// The checkout: where the root Cargo.toml lies.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// What cargo builds into: `CARGO_TARGET_DIR`, or `target` in the checkout.
    #[serde(rename = "target_directory")]
    pub target: PathBuf,
    packages: Vec<Package>,
}

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    #[serde(rename = "manifest_path")]
    manifest: PathBuf,
}

impl Workspace {
    /// The workspace around the current folder.
    pub fn find() -> Result<Self> {
        let text = process::capture(process::cargo().args(["metadata", "--no-deps", "--format-version=1"]))?;
        serde_json::from_str(&text).context("`cargo metadata` printed something unexpected")
    }

    /// The page as `cargo xtask build` leaves it.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The page as `cargo xtask serve` builds it. It is never mistaken for the published one.
    pub fn served(&self) -> PathBuf {
        self.root.join("dist-serve")
    }

    /// The name of the crate in `folder`.
    pub fn package(&self, folder: &Path) -> Result<&str> {
        let manifest = folder.join("Cargo.toml");
        let manifest = manifest.canonicalize().with_context(|| format!("looking for {}", manifest.display()))?;
        let is_it = |package: &&Package| package.manifest.canonicalize().is_ok_and(|path| path == manifest);
        match self.packages.iter().find(is_it) {
            Some(package) => Ok(&package.name),
            None => bail!("{} is not a crate of this workspace", manifest.display()),
        }
    }

    /// The models that the repository holds.
    pub fn models(&self) -> PathBuf {
        self.root.join("www").join("models")
    }

    /// Tools and caches of this crate's own.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_found_by_their_folder() {
        let workspace = Workspace::find().unwrap();
        assert_eq!(workspace.package(&workspace.root.join("www/../crates/xtask")).unwrap(), "xtask");
        let error = workspace.package(&workspace.root.join("www")).unwrap_err().to_string();
        assert!(error.contains("Cargo.toml"), "{error}");
    }
}
