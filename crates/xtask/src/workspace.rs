//! Where things are: the checkout, the target directory and what lies in them.

use std::path::PathBuf;

use anyhow::{Context, Result};
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
}

impl Workspace {
    /// The workspace around the current folder.
    pub fn find() -> Result<Self> {
        let text = process::capture(process::cargo().args(["metadata", "--no-deps", "--format-version=1"]))?;
        serde_json::from_str(&text).context("`cargo metadata` printed something unexpected")
    }

    /// The built page.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The models that the repository holds.
    pub fn models(&self) -> PathBuf {
        self.root.join("www").join("models")
    }

    /// Tools and caches of this crate's own.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The locked versions of all dependencies.
    pub fn lock(&self) -> PathBuf {
        self.root.join("Cargo.lock")
    }
}
