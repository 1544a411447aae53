//! The tools that the build needs, each of one version, fetched when missing.
//!
//! A tool of the right version on PATH is used as it is; any other is left alone,
//! and the right one goes into the tools folder under the target directory.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process::{capture, cargo, find, run};
use crate::workspace::Workspace;

/// The pinned versions. Two more are pinned elsewhere: wasm-bindgen must be the
/// one in Cargo.lock, and the packages of the browser tests have a lock of their own.
mod pinned {
    pub const TRUNK: &str = "0.21.14";
    /// The npm package that brings wasm-opt, whose own version is the first number.
    pub const BINARYEN: &str = "132.0.0";
    pub const ESBUILD: &str = "0.28.2";
    /// The oldest Node whose test runner takes a concurrency.
    pub const NODE: (u32, u32) = (20, 10);
}

/// The target that the page's module is compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";

const NODE_ADVICE: &str = "Install Node 20.10 or newer (it brings npm) from https://nodejs.org and try again.";

/// What turns the sources into dist/: the wasm target, trunk and wasm-bindgen.
pub struct SiteTools {
    pub trunk: PathBuf,
    pub wasm_bindgen: PathBuf,
}

impl SiteTools {
    /// Finds or installs them.
    pub fn ready(workspace: &Workspace) -> Result<Self> {
        rust_target()?;
        let lock = fs::read_to_string(workspace.lock()).context("reading Cargo.lock")?;
        let bindgen = locked_version(&lock, "wasm-bindgen")
            .context("Cargo.lock names no wasm-bindgen, which the crate `negah-web` should depend on")?;
        let trunk = CargoTool {
            package: "trunk",
            program: "trunk",
            version: pinned::TRUNK,
            // Nothing that reaches for the network, and nothing that serves: it only builds.
            arguments: &["--locked", "--no-default-features"],
            // Its release profile takes twice as long to compile, for a program that runs other programs.
            settings: &[
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
            ],
        };
        let wasm_bindgen = CargoTool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: bindgen,
            // Not `--locked`: its lock may name a version that the registry has withdrawn.
            arguments: &[],
            settings: &[],
        };
        Ok(Self { trunk: trunk.ready(workspace)?, wasm_bindgen: wasm_bindgen.ready(workspace)? })
    }

    /// PATH with these tools in front, for trunk looks them up there.
    pub fn path(&self) -> Result<OsString> {
        let ours = [&self.wasm_bindgen, &self.trunk].into_iter().filter_map(|tool| tool.parent()).map(Path::to_owned);
        let inherited = env::var_os("PATH").unwrap_or_default();
        env::join_paths(ours.chain(env::split_paths(&inherited))).context("a folder's name cannot be part of PATH")
    }
}

/// A program that `cargo install` brings.
struct CargoTool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    /// More arguments of `cargo install`.
    arguments: &'a [&'a str],
    /// Variables for its environment.
    settings: &'a [(&'a str, &'a str)],
}

impl CargoTool<'_> {
    /// Where it is, installed into the tools folder if no other of this version is found.
    fn ready(&self, workspace: &Workspace) -> Result<PathBuf> {
        let own = workspace.tools().join("bin").join(format!("{}{}", self.program, env::consts::EXE_SUFFIX));
        for candidate in [Some(own.clone()), which::which(self.program).ok()].into_iter().flatten() {
            if reports(Command::new(&candidate), self.version) {
                return Ok(candidate);
            }
        }
        self.install(&workspace.tools())?;
        ensure!(
            reports(Command::new(&own), self.version),
            "{} {} was installed, but {} does not report that version",
            self.package,
            self.version,
            own.display()
        );
        Ok(own)
    }

    fn install(&self, tools: &Path) -> Result<()> {
        println!("Installing {} {} (once, a few minutes)", self.package, self.version);
        fs::create_dir_all(tools).with_context(|| format!("creating {}", tools.display()))?;
        // Built inside the tools folder, so that an interrupted build goes on where it
        // was, and started there, so that no configuration of the workspace applies.
        let products = tools.join("build");
        run(cargo()
            .current_dir(tools)
            .args(["install", self.package, "--version", self.version, "--force"])
            .args(self.arguments)
            .arg("--root")
            .arg(tools)
            .arg("--target-dir")
            .arg(&products)
            .envs(self.settings.iter().copied()))
        .with_context(|| format!("installing {} {}", self.package, self.version))?;
        // Only a cache, and a large one.
        let _ = fs::remove_dir_all(products);
        Ok(())
    }
}

/// A program that a package of npm brings.
struct NpmTool<'a> {
    package: &'a str,
    version: &'a str,
    program: &'a str,
    /// What the program calls its version.
    reported: &'a str,
}

impl NpmTool<'_> {
    /// A command that runs it, installed into the tools folder if no other of this version is found.
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

/// Sees that rustc can compile to wasm.
fn rust_target() -> Result<()> {
    let library = capture(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(library.trim()).exists() {
        return Ok(());
    }
    rustup(&["target", "add", WASM])
}

/// Sees that cargo can format and lint.
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
             from https://rustup.rs, or that part by the means the toolchain came with."
        ),
    )?;
    run(Command::new(rustup).args(arguments))
}

/// The target of the toolchain itself, such as `x86_64-unknown-linux-gnu`.
pub fn host() -> Result<String> {
    let text = capture(Command::new("rustc").arg("-vV"))?;
    match text.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("`rustc -vV` names no host"),
    }
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

/// The version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_tools_print() {
        assert_eq!(version_in("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(version_in("wasm-bindgen 0.2.130 (1a2b3c)"), Some("0.2.130"));
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

    #[test]
    fn the_lock_gives_the_version_of_the_very_package() {
        let lock = "\
[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"
source = \"registry\"
dependencies = [
 \"wasm-bindgen-macro\",
]

[[package]]
name = \"wasm-bindgen-macro\"
version = \"0.2.99\"
";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm-bindgen-macro"), Some("0.2.99"));
        assert_eq!(locked_version(lock, "bindgen"), None);
    }
}
