//! `cargo xtask build`: the page, ready for any static host, in dist/.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::manifest;
use crate::minify;
use crate::optimise;
use crate::precache;
use crate::process::{cargo, run};
use crate::tools::{SiteTools, WASM, host};
use crate::words;
use crate::workspace::Workspace;

/// Build the page into dist/, ready for any static host
#[derive(Args)]
pub struct Arguments {
    /// Leave the module as it was compiled and the page as it was written: sooner done, but twice as large
    #[arg(long)]
    no_opt: bool,
}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        build(workspace, !self.no_opt)?;
        println!("Built {}", workspace.dist().display());
        Ok(())
    }
}

/// Builds dist/ by what Trunk.toml and www/index.html say; `optimised` for the
/// size that is published.
pub fn build(workspace: &Workspace, optimised: bool) -> Result<()> {
    let tools = SiteTools::ready(workspace)?;
    let _lock = alone(workspace)?;

    // Trunk is told to stay offline, which binds the cargo below it as well.
    let host = host()?;
    run(cargo().current_dir(&workspace.root).args(["fetch", "--quiet", "--target", WASM, "--target", &host]))
        .context("fetching the dependencies")?;

    let mut trunk = Command::new(&tools.trunk);
    trunk.current_dir(&workspace.root).arg("build").env("PATH", tools.path()?).env("TRUNK_SKIP_VERSION_CHECK", "true");
    if env::var_os("RUST_LOG").is_none() {
        // It would warn that there is no program for the page itself: ours is a worker.
        trunk.env("RUST_LOG", "error,trunk=info,trunk::pipelines::html=error");
    }
    if env::var_os("NO_COLOR").is_some() {
        // Trunk takes the variable for a boolean, and stops at `NO_COLOR=1`.
        trunk.env("NO_COLOR", "true");
    }
    run(&mut trunk).context("building the page with trunk")?;
    manifest::add_fetched(&workspace.dist().join("models"))?;
    words::fill(&workspace.dist())?;
    minify::shell(workspace, optimised)?;
    let module = optimise::module(workspace, optimised)?;
    precache::write(workspace, module)
}

/// Builds the module of tests/wasm, and returns the folder that it is in.
pub fn goldens(workspace: &Workspace) -> Result<PathBuf> {
    let tools = SiteTools::ready(workspace)?;
    let package = "negah-tests-wasm";
    run(cargo().current_dir(&workspace.root).args([
        "build",
        "--package",
        package,
        "--target",
        WASM,
        "--profile",
        "web",
    ]))
    .context("building the goldens for the browser")?;
    let folder = workspace.target.join("goldens");
    let module = workspace.target.join(WASM).join("web").join("negah_tests_wasm.wasm");
    run(Command::new(&tools.wasm_bindgen)
        .args(["--target", "web", "--no-typescript", "--out-dir"])
        .args([&folder, &module]))?;
    Ok(folder)
}

/// Waits until no other build of the page runs, and keeps others waiting while the
/// file is open: two at once would clear each other's half-made dist/.
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
