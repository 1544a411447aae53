//! A crate compiled to a WebAssembly module, with the JavaScript through which a page calls it.
//!
//! wasm-bindgen is used as a library. Its command would have to be compiled and installed first, in
//! the very version that the module is compiled with; of a library, cargo allows no other version.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::process::{cargo, run};
use crate::steps::timed;
use crate::workspace::Workspace;

/// The target that modules are compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";

/// A module to be built.
pub struct Module<'a> {
    pub package: &'a str,
    /// The profile that it is compiled in.
    pub profile: &'a str,
}

impl Module<'_> {
    /// Compiles the module. `expected` says how long that takes.
    pub fn compile(&self, workspace: &Workspace, expected: &str) -> Result<()> {
        let Self { package, profile } = self;
        timed(&format!("Compiling {package} to WebAssembly, and Burn with its WebGPU kernels"), expected, || {
            run(cargo().current_dir(&workspace.root).args([
                "build",
                "--target",
                WASM,
                "--package",
                package,
                "--profile",
                profile,
            ]))
        })
    }

    /// Writes the compiled module and its bindings into `folder`: `<package>_bg.wasm` and
    /// `<package>.js`.
    pub fn write(&self, workspace: &Workspace, folder: &Path) -> Result<()> {
        let Self { package, profile } = self;
        let compiled = workspace.target.join(WASM).join(profile).join(package.replace('-', "_")).with_extension("wasm");
        timed("Writing the JavaScript bindings of the module", "some seconds", || {
            Bindgen::new()
                .web(true)?
                .omit_default_module_path(false)
                .input_path(&compiled)
                .out_name(package)
                .generate(folder)
                .with_context(|| format!("making JavaScript bindings for {}", compiled.display()))
        })
    }
}
