//! `cargo xtask test`: everything that must hold, from nothing but a toolchain.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::browser::{self, Browser};
use crate::process::{cargo, run};
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{module, site, tools};

/// Check format and lints, run all tests, build the page and try it in a browser
#[derive(Args)]
pub struct Arguments {
    /// Stop before the page is built and opened in a browser
    #[arg(long)]
    skip_browser: bool,
}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        let mut steps = Steps::default();
        let in_root = |arguments: &[&str]| -> Command {
            let mut command = cargo();
            command.current_dir(&workspace.root).args(arguments);
            command
        };

        // Missing tools should be reported now, not after half an hour.
        let browser = steps.step("set-up", || {
            tools::rust_components()?;
            if self.skip_browser {
                return Ok(None);
            }
            let browser = Browser::ready(workspace)?;
            tools::wasm_opt(workspace)?;
            tools::esbuild(workspace)?;
            Ok(Some(browser))
        })?;
        steps.step("format", || run(&mut in_root(&["fmt", "--all", "--check"])))?;
        steps.step("lints, native", || {
            run(&mut in_root(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
        })?;
        // In the page's own profile: build scripts and macros then serve both.
        let wasm = ["--package", "negah-web", "--package", "negah-tests-wasm", "--target", module::WASM];
        let wasm = [&["clippy"], wasm.as_slice(), &["--profile", "web", "--", "-D", "warnings"]].concat();
        steps.step("lints, wasm", || run(&mut in_root(&wasm)))?;
        steps.step("fuzz targets", || {
            // `check` links nothing: without libFuzzer itself, no C++ compiler is needed.
            let arguments = ["check", "--manifest-path", "fuzz/Cargo.toml", "--locked"];
            let target = workspace.target.join("fuzz");
            run(in_root(&arguments).env("CARGO_TARGET_DIR", target).env("CUSTOM_LIBFUZZER_PATH", "none/libfuzzer.a"))
        })?;
        steps.step("unit and golden tests", || run(&mut in_root(&["test", "--workspace"])))?;
        if let Some(browser) = browser {
            steps.step("site", || site::build(workspace, &workspace.dist(), site::Kind::Published))?;
            let goldens = steps.step("goldens for the browser", || site::goldens(workspace))?;
            let seeded = steps.step("weights for the browser", || {
                browser::seeded(workspace, &["vgg16", "xception", "efficientnet-lite1"])
            })?;
            steps.step("browser tests", || browser::test(workspace, &browser, &goldens, &seeded))?;
        }
        steps.finish();
        Ok(())
    }
}
