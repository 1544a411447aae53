//! The tools that the build needs, each of one version, fetched when missing.
//!
//! A tool of the right version on PATH is used as it is; any other is left alone,
//! and the right one goes into the tools folder under the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::module::WASM;
use crate::process::{capture, cargo, find, run};
use crate::workspace::Workspace;

/// The pinned versions. The packages of the browser tests have a lock of their own.
mod pinned {
    /// The npm package that brings wasm-opt, whose own version is the first number.
    pub const BINARYEN: &str = "132.0.0";
    pub const ESBUILD: &str = "0.28.2";
    /// The oldest Node whose test runner takes a concurrency.
    pub const NODE: (u32, u32) = (20, 10);
}

const NODE_ADVICE: &str = "Install Node 20.10 or newer (it brings npm) from https://nodejs.org and try again.";

/// A program of an npm package.
struct NpmTool<'a> {
    package: &'a str,
    version: &'a str,
    program: &'a str,
    /// What the program calls its version.
    reported: &'a str,
}

impl NpmTool<'_> {
    /// A command that runs it, installed into the tools folder if no other of this version is
    /// found.
    fn ready(&self, workspace: &Workspace) -> Result<Command> {
        if let Ok(native) = which::which(self.program)
            && reports(Command::new(&native), self.reported)
        {
            return Ok(Command::new(native));
        }

        let node = node()?;
        let prefix = workspace.tools().join(self.package);
        let script = prefix.join("node_modules").join(self.package).join("bin").join(self.program);
        let from_npm = || {
            let mut command = Command::new(&node);
            command.arg(&script);
            command
        };
        if !script.exists() || !reports(from_npm(), self.reported) {
            let package = format!("{}@{}", self.package, self.version);
            println!("Installing {package} (once)");
            fs::create_dir_all(&prefix).with_context(|| format!("creating {}", prefix.display()))?;
            run(npm()?
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
                .arg("--prefix")
                .arg(&prefix)
                .arg(&package))
            .with_context(|| format!("installing {package}, which brings {}", self.program))?;
        }
        Ok(from_npm())
    }
}

/// A command that runs the pinned wasm-opt, ready for its arguments.
pub fn wasm_opt(workspace: &Workspace) -> Result<Command> {
    let reported = wasm_opt_version();
    NpmTool { package: "binaryen", version: pinned::BINARYEN, program: "wasm-opt", reported }.ready(workspace)
}

/// A command that runs the pinned esbuild, ready for its arguments.
pub fn esbuild(workspace: &Workspace) -> Result<Command> {
    let version = pinned::ESBUILD;
    NpmTool { package: "esbuild", version, program: "esbuild", reported: version }.ready(workspace)
}

/// The version that the pinned wasm-opt reports.
pub fn wasm_opt_version() -> &'static str {
    pinned::BINARYEN.split_once('.').map_or(pinned::BINARYEN, |(major, _)| major)
}

/// Node, new enough for the test runner.
pub fn node() -> Result<PathBuf> {
    let node = find("node", NODE_ADVICE)?;
    let text = capture(Command::new(&node).arg("--version"))?;
    let (major, minor) = pinned::NODE;
    ensure!(
        node_version(&text).is_some_and(|version| version >= pinned::NODE),
        "the `node` on PATH is {}, older than {major}.{minor}. {NODE_ADVICE}",
        text.trim()
    );
    Ok(node)
}

/// npm, ready for its arguments.
pub fn npm() -> Result<Command> {
    Ok(Command::new(find("npm", NODE_ADVICE)?))
}

/// Ensures that rustc can compile to wasm.
pub fn rust_target() -> Result<()> {
    let library = capture(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(library.trim()).exists() {
        return Ok(());
    }
    rustup(&["target", "add", WASM])
}

/// Ensures that cargo can format and lint.
pub fn rust_components() -> Result<()> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if capture(cargo().args([command, "--version"])).is_err() {
            rustup(&["component", "add", component])?;
        }
    }
    rust_target()
}

fn rustup(arguments: &[&str]) -> Result<()> {
    let asked = arguments.join(" ");
    let rustup = find(
        "rustup",
        &format!(
            "The Rust toolchain here lacks a part that `rustup {asked}` would add: install rustup \
             from https://rustup.rs, or add that part the way the toolchain was installed."
        ),
    )?;
    run(Command::new(rustup).args(arguments))
}

/// Whether `command --version` runs and reports `version`.
fn reports(mut command: Command, version: &str) -> bool {
    capture(command.arg("--version")).is_ok_and(|text| version_in(&text) == Some(version))
}

/// The first word of a tool's self-description that starts with a digit.
fn version_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_tools_print() {
        assert_eq!(version_in("wasm-opt version 132 (version_132)"), Some("132"));
        assert_eq!(version_in("0.28.2\n"), Some("0.28.2"));
        assert_eq!(version_in("no number here"), None);
        assert_eq!(wasm_opt_version(), "132");
    }

    #[test]
    fn node_versions_compare_as_numbers() {
        assert_eq!(node_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(node_version("20.20.2"), None);
        assert!(node_version("v20.9.0") < Some(pinned::NODE));
        assert!(node_version("v22.0.0") > Some(pinned::NODE));
    }
}
