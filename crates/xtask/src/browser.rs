//! The browser tests: Node drives an installed Chromium over the built page.
//!
//! A test file gets what it needs in its environment:
//! - `NEGAH_URL`: the page, `http://127.0.0.1:<port>/`
//! - `NEGAH_SUB_PATH_URL`: the same page below a path
//! - `NEGAH_CHROME`: the Chromium to start
//! - `NEGAH_GOLDENS`: the folder of the module that tests/wasm is built to
//! - `NEGAH_SEEDED`: the folder of made-up weight files of full size
//! - `NEGAH_COMMAND`: the native command
//! - `NEGAH_SCREENSHOTS`: the folder for screenshots: target/screenshots, unless it is set already

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::optimise::hex;
use crate::process::{capture, cargo, run};
use crate::workspace::Workspace;
use crate::{server, tools};

/// The names of Chromium and Chrome on PATH.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const MAC_CHROME: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// What the browser tests run on.
pub struct Browser {
    pub node: PathBuf,
    pub chrome: PathBuf,
}

impl Browser {
    /// Finds Node and Chromium, and installs the locked npm packages.
    pub fn ready(workspace: &Workspace) -> Result<Self> {
        let node = tools::node()?;
        packages(&workspace.root.join("tests"))?;
        let chrome = chrome()?;
        println!("Chromium: {}", chrome.display());
        Ok(Self { node, chrome })
    }
}

/// Serves dist/ and runs every test file over it; `goldens` is where the module of tests/wasm is,
/// and `seeded` where the weights of [`seeded`] are.
pub fn test(workspace: &Workspace, browser: &Browser, goldens: &Path, seeded: &Path) -> Result<()> {
    let files = test_files(&workspace.root.join("tests").join("browser"))?;
    let address = server::spawn(&workspace.dist())?;
    let below = format!("{address}{}", server::SUB_PATH.trim_start_matches('/'));
    let screenshots =
        env::var_os("NEGAH_SCREENSHOTS").map_or_else(|| workspace.target.join("screenshots"), PathBuf::from);
    fs::create_dir_all(&screenshots).with_context(|| format!("creating {}", screenshots.display()))?;
    run(Command::new(&browser.node)
        .current_dir(&workspace.root)
        // One browser at a time: several would compete for the cores that they measure.
        .args(["--test", "--test-concurrency=1"])
        .args(files)
        .env("NEGAH_URL", &address)
        .env("NEGAH_SUB_PATH_URL", below)
        .env("NEGAH_CHROME", &browser.chrome)
        .env("NEGAH_GOLDENS", goldens)
        .env("NEGAH_SEEDED", seeded)
        .env("NEGAH_COMMAND", built(workspace, "negah"))
        .env("NEGAH_SCREENSHOTS", screenshots))
}

/// A program that the tests have been built with.
fn built(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target.join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// Writes made-up weights of full size for some models, and returns their folder.
pub fn seeded(workspace: &Workspace, models: &[&str]) -> Result<PathBuf> {
    // The whole workspace, so that cargo reuses what it compiled for the tests.
    let build = ["build", "--quiet", "--workspace", "--bin", "seeded-weights"];
    run(cargo().current_dir(&workspace.root).args(build)).context("building seeded-weights")?;
    let program = built(workspace, "seeded-weights");
    let folder = workspace.target.join("seeded");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    for model in models {
        run(Command::new(&program).arg(model).arg(folder.join(format!("{model}.safetensors"))))?;
    }
    Ok(folder)
}

/// The test files in `folder`, by name. (What Node does with a folder depends on its version.)
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("looking for browser tests in {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".test.js") || name.ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    ensure!(
        !files.is_empty(),
        "{} holds no test: a browser test's name ends in .test.js or .test.mjs",
        folder.display()
    );
    Ok(files)
}

/// Installs what package-lock.json in this folder names, unless it is there already.
pub fn packages(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("reading the package lock in {}", folder.display()))?;
    let wanted = hex(&Sha256::digest(&lock));
    let note = folder.join("node_modules").join(".installed");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run(tools::npm()?.current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))
        .with_context(|| format!("installing the packages of {}", folder.display()))?;
    fs::write(&note, wanted).with_context(|| format!("writing {}", note.display()))
}

/// The Chromium named by `CHROME`, found on PATH, or installed (as root on Debian).
fn chrome() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROME") {
        return which::which(&named)
            .with_context(|| format!("CHROME names {}, which is not a program that can be run", named.display()));
    }
    if let Some(found) = chrome_on_path() {
        return Ok(found);
    }
    if root_on_debian() {
        println!("Installing Chromium (once)");
        run(Command::new("apt-get").args(["update", "--quiet"]))?;
        run(Command::new("apt-get")
            .args(["install", "--quiet", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"])
            .env("DEBIAN_FRONTEND", "noninteractive"))?;
        if let Some(found) = chrome_on_path() {
            return Ok(found);
        }
    }
    bail!(
        "the browser tests need Chromium or Chrome: install one (on Debian: `apt-get install \
         chromium`) so that it is on PATH, or let the variable CHROME name its program. \
         `cargo xtask test --skip-browser` does without"
    )
}

fn chrome_on_path() -> Option<PathBuf> {
    NAMES.into_iter().chain(cfg!(target_os = "macos").then_some(MAC_CHROME)).find_map(|name| which::which(name).ok())
}

fn root_on_debian() -> bool {
    Path::new("/etc/debian_version").exists()
        && which::which("apt-get").is_ok()
        && capture(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_found_by_name_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let error = test_files(folder.path()).unwrap_err().to_string();
        assert!(error.contains("holds no test"), "{error}");
        for name in ["b.test.js", "a.test.mjs", "page.js", "picture.png"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> =
            test_files(folder.path()).unwrap().into_iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.test.mjs", "b.test.js"]);
    }
}
