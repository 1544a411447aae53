//! `cargo xtask bench`: how long the main job takes in a browser on this machine. It prints; nothing is asserted,
//! because a figure means something only on an otherwise idle machine.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use crate::browser::Browser;
use crate::process::run;
use crate::server;
use crate::workspace::Workspace;

/// Time the network and its explanations in a browser, on the page as it was last built
#[derive(Args)]
pub struct Arguments {
    /// Time WebGPU as well (on a machine without a GPU that is an adapter in software, which takes minutes)
    #[arg(long)]
    gpu: bool,
}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let browser = Browser::ready(workspace)?;
        let dist = workspace.dist();
        ensure!(dist.join("index.html").exists(), "there is no page to time: run `cargo xtask build` first");
        let address = server::spawn(&dist)?;
        let mut node = Command::new(&browser.node);
        node.arg(workspace.root.join("tests/bench/main_job.mjs"))
            .args(self.gpu.then_some("--gpu"))
            .env("NEGAH_URL", &address)
            .env("NEGAH_SUB_PATH_URL", &address)
            .env("NEGAH_CHROME", &browser.chrome);
        run(&mut node)
    }
}
