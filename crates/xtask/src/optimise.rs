//! Optimises the module in dist/ for size, and checks its size.
//!
//! wasm-opt takes minutes. Its output is therefore kept under a hash of the input, the version and
//! the flags: an unchanged module is only copied.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::process::{capture, run};
use crate::steps::timed;
use crate::tools;
use crate::workspace::Workspace;

/// The module's name in dist/, which wasm-bindgen makes from the crate's.
pub const MODULE: &str = "negah-web_bg.wasm";

/// For size above all, and no more features than every browser with WebGPU has:
/// what rustc emits for wasm32, and SIMD, which .cargo/config.toml asks for.
const FLAGS: &[&str] = &[
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
    "--strip-debug",
    "--strip-producers",
];

/// The largest module that may be published, in bytes: as it is, and with Brotli.
const LIMIT: Sizes = Sizes { raw: 10_900_000, brotli: 2_200_000 };

/// How many optimised modules are kept.
const KEPT: usize = 3;

/// Bytes of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    raw: u64,
    brotli: u64,
}

/// Optimises the module in dist/ if asked to, and prints its sizes. Returns the size with Brotli,
/// if it was measured.
///
/// # Errors
/// If an optimised module is above the size limit.
pub fn module(workspace: &Workspace, dist: &Path, optimised: bool) -> Result<Option<u64>> {
    let module = dist.join(MODULE);
    ensure!(
        module.exists(),
        "the build left no {}: www/index.html should have a `<link data-trunk rel=\"rust\">` to web",
        module.display()
    );
    if !optimised {
        let raw = fs::metadata(&module)?.len();
        println!("Module: {} as compiled, not optimised", megabytes(raw));
        return Ok(None);
    }

    let kept = optimise(workspace, &module)?;
    fs::copy(&kept, &module).with_context(|| format!("writing {}", module.display()))?;
    let sizes = Sizes { raw: fs::metadata(&kept)?.len(), brotli: noted_size(&kept)? };
    println!("Module: {} raw, {} with Brotli", megabytes(sizes.raw), megabytes(sizes.brotli));
    within(sizes, LIMIT)?;
    Ok(Some(sizes.brotli))
}

/// Runs wasm-opt, or finds its kept output for the same module.
fn optimise(workspace: &Workspace, module: &Path) -> Result<PathBuf> {
    let input = fs::read(module).with_context(|| format!("reading {}", module.display()))?;
    let folder = workspace.tools().join("optimised");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let name = key(&input, tools::wasm_opt_version(), FLAGS);
    let kept = folder.join(&name).with_extension("wasm");
    if kept.exists() {
        // The time of last use decides which ones stay.
        fs::File::options().append(true).open(&kept)?.set_modified(SystemTime::now())?;
        return Ok(kept);
    }

    let mut wasm_opt = tools::wasm_opt(workspace)?;
    let what = format!("Optimising the module, {} as compiled", megabytes(input.len() as u64));
    timed(&what, "about 4 minutes on two cores; an unchanged module is not optimised again", || {
        // Renamed once it is complete, so that an interrupted run leaves no broken module.
        let partial = folder.join(&name).with_extension("partial");
        run(wasm_opt.args(FLAGS).arg(module).arg("-o").arg(&partial)).context("optimising the module")?;
        Ok(fs::rename(&partial, &kept)?)
    })?;
    forget_old(&folder)?;
    Ok(kept)
}

/// The name under which the output for `input` with this version and these flags is kept.
fn key(input: &[u8], version: &str, flags: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{version} {}\n", flags.join(" ")));
    hash.update(input);
    hex(&hash.finalize())
}

/// Bytes in hexadecimal, as hashes are written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps the modules used last.
fn forget_old(folder: &Path) -> Result<()> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            modules.push((fs::metadata(&path)?.modified()?, path));
        }
    }
    modules.sort();
    let surplus = modules.len().saturating_sub(KEPT);
    for (_, path) in modules.drain(..surplus) {
        fs::remove_file(&path)?;
        let _ = fs::remove_file(path.with_extension("brotli"));
    }
    Ok(())
}

/// The size that a static host would send, noted beside the kept module: measuring takes about
/// twenty seconds.
fn noted_size(kept: &Path) -> Result<u64> {
    let note = kept.with_extension("brotli");
    if let Some(size) = fs::read_to_string(&note).ok().and_then(|text| text.trim().parse().ok()) {
        return Ok(size);
    }
    let size = brotli_size(&[kept])?;
    fs::write(note, format!("{size}\n"))?;
    Ok(size)
}

/// The size of some files together as a static host would send them, by Node's own Brotli at its
/// best quality.
pub fn brotli_size(files: &[impl AsRef<OsStr>]) -> Result<u64> {
    let script = "const { readFileSync } = require('node:fs');\
                  const { brotliCompressSync } = require('node:zlib');\
                  const sizes = process.argv.slice(1).map((file) => brotliCompressSync(readFileSync(file)).length);\
                  console.log(sizes.reduce((sum, size) => sum + size, 0))";
    let text = capture(Command::new(tools::node()?).args(["-e", script]).args(files))?;
    text.trim().parse().context("measuring with Brotli")
}

fn within(sizes: Sizes, limit: Sizes) -> Result<()> {
    if sizes.raw > limit.raw || sizes.brotli > limit.brotli {
        bail!(
            "the module is too large: {} raw and {} with Brotli, where at most {} and {} are allowed. \
             Look at what came in with `cargo tree --package negah-web --target wasm32-unknown-unknown`",
            megabytes(sizes.raw),
            megabytes(sizes.brotli),
            megabytes(limit.raw),
            megabytes(limit.brotli),
        );
    }
    Ok(())
}

/// A size for messages.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_key_changes_with_everything_that_matters() {
        let key_of = |input: &[u8], version, flags: &[&str]| key(input, version, flags);
        let name = key_of(b"module", "132", &["-Oz"]);
        assert_eq!(name.len(), 64);
        assert_eq!(name, key_of(b"module", "132", &["-Oz"]));
        assert_ne!(name, key_of(b"Module", "132", &["-Oz"]));
        assert_ne!(name, key_of(b"module", "133", &["-Oz"]));
        assert_ne!(name, key_of(b"module", "132", &["-O3"]));
    }

    #[test]
    fn only_the_modules_used_last_stay() {
        let folder = tempfile::tempdir().unwrap();
        let start = SystemTime::now();
        for age in 0..5 {
            let path = folder.path().join(format!("{age}.wasm"));
            fs::write(&path, "module").unwrap();
            fs::write(path.with_extension("brotli"), "6").unwrap();
            let file = fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(start - Duration::from_secs(60 * age)).unwrap();
        }
        forget_old(folder.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["0.brotli", "0.wasm", "1.brotli", "1.wasm", "2.brotli", "2.wasm"]);
    }

    #[test]
    fn either_limit_stops_the_build() {
        assert!(within(LIMIT, LIMIT).is_ok());
        let heavy = Sizes { raw: LIMIT.raw + 1, ..LIMIT };
        assert!(within(heavy, LIMIT).is_err());
        let dense = Sizes { brotli: 3_120_000, ..LIMIT };
        let error = within(dense, LIMIT).unwrap_err().to_string();
        assert!(error.contains("10.90 MB raw and 3.12 MB with Brotli"), "{error}");
    }

    #[test]
    fn hashes_are_written_in_hexadecimal() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
