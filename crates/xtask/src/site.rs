//! `cargo xtask build`: the page, ready for any static host, in dist/.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::module::Module;
use crate::page::Page;
use crate::workspace::Workspace;
use crate::{manifest, minify, optimise, precache, strings, tools};

/// Build the page into dist/, ready for any static host
#[derive(Args)]
pub struct Arguments {
    /// Build the page as `serve` does: faster to build, but several times larger
    #[arg(long)]
    no_opt: bool,
}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let dist = workspace.dist();
        build(workspace, &dist, if self.no_opt { Kind::Quick } else { Kind::Published })?;
        println!("\nThe page is in {}", dist.display());
        Ok(())
    }
}

/// How a page is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it is published: compiled in the profile that www/index.html names, optimised and
    /// minified.
    Published,
    /// Quickly: compiled in the profile `serve`, neither optimised nor minified.
    Quick,
}

/// Builds the page into `dist`, as Trunk.toml and www/index.html declare it.
pub fn build(workspace: &Workspace, dist: &Path, kind: Kind) -> Result<()> {
    let page = Page::read(&workspace.root)?;
    let optimised = kind == Kind::Published;
    let (profile, expected) = match kind {
        Kind::Published => {
            (page.profile.as_str(), "about 13 minutes the first time, on two cores; a minute afterwards")
        }
        Kind::Quick => ("serve", "about 5 minutes the first time, on two cores; seconds afterwards"),
    };
    tools::rust_target()?;
    // npm's tools first: a network failure should be reported before a long build, not after.
    tools::esbuild(workspace)?;
    if optimised {
        tools::wasm_opt(workspace)?;
    }
    let module = Module { package: workspace.package(&page.module)?, profile };
    let _lock = alone(workspace)?;
    module.compile(workspace, expected)?;
    println!("\nPutting the page together in {}", dist.display());
    page.assemble(dist)?;
    module.write(workspace, dist)?;
    manifest::add_fetched(&dist.join("models"))?;
    strings::fill(dist)?;
    minify::shell(workspace, dist, optimised)?;
    let size = optimise::module(workspace, dist, optimised)?;
    precache::write(dist, size)
}

/// Builds the module of tests/wasm, and returns the folder that it is in.
pub fn goldens(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("goldens");
    let module = Module { package: "negah-tests-wasm", profile: "web" };
    module.compile(workspace, "a minute after the page")?;
    module.write(workspace, &folder)?;
    Ok(folder)
}

/// Waits until no other build of the page runs, and keeps others waiting while the file is open:
/// two builds at once would delete each other's files.
fn alone(workspace: &Workspace) -> Result<fs::File> {
    let tools = workspace.tools();
    fs::create_dir_all(&tools).with_context(|| format!("creating {}", tools.display()))?;
    let file = fs::File::create(tools.join("site.lock"))?;
    if file.try_lock().is_err() {
        println!("Waiting for another build of the page to end");
        file.lock().context("waiting for another build of the page")?;
    }
    Ok(file)
}
