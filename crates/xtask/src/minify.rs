//! Joins and minifies the shell in dist/ (HTML, CSS and JavaScript), and checks its size.
//!
//! esbuild removes comments, indentation and local names. It joins the modules into those that are
//! requested by name and the chunks that they share, and the style sheets into one: a few requests
//! instead of eighty. Exports and properties keep their names, because other pages use them. The
//! HTML loses its indentation, an eighth of its size.
//!
//! The worker is joined with the module's bindings in every build: the page starts it from a blob
//! of its text, where relative imports do not resolve. The bindings, which wasm-bindgen writes, do
//! not count towards the shell: most of them are the names of the module's imports.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::run;
use crate::tools;
use crate::workspace::Workspace;

/// The target is the language version of the page's modules: nothing newer comes in, and nothing is
/// rewritten for older browsers.
const FLAGS: &[&str] = &[
    "--format=esm",
    "--target=es2022",
    "--charset=utf8",
    "--legal-comments=none",
    "--outbase=.",
    "--allow-overwrite",
    "--log-level=warning",
];

/// The modules that are requested by name.
const ENTRIES: &[&str] = &["js/app.js", "js/negah.js", "js/first.js", "js/negah-explainer.js"];

/// The worker's module.
const WORKER: &str = "js/worker.js";

/// The bindings of the module, which the worker imports.
const BINDINGS: &str = "negah-web.js";

/// Pages for those who want to use the modules, published as they were written: no part of the
/// shell.
const EXAMPLES: &str = "examples";

/// The largest shell that may be published, in bytes.
const LIMIT: u64 = 220_000;

/// How many of the largest files the error for a shell above the limit names.
const BLAMED: usize = 5;

/// A file of the shell.
#[derive(Debug, PartialEq, Eq)]
struct File {
    /// Where it is in dist/.
    path: PathBuf,
    bytes: u64,
}

/// Joins the worker, minifies the shell in dist/ where asked to, and prints its size.
///
/// # Errors
/// If a minified shell is above the size limit.
pub fn shell(workspace: &Workspace, dist: &Path, optimised: bool) -> Result<()> {
    let bindings = join_worker(workspace, dist, optimised)?;
    if optimised {
        minify(workspace, dist)?;
    }
    let shell = without_bindings(files(dist)?, bindings);
    println!(
        "Shell: {} of HTML, CSS and JavaScript{}, besides {} of the module's bindings",
        kilobytes(sum(&shell)),
        if optimised { "" } else { " as written, not minified" },
        kilobytes(bindings)
    );
    if optimised { within(&shell, LIMIT) } else { Ok(()) }
}

/// Joins the worker and the bindings into one file, and returns how many of its bytes are bindings.
fn join_worker(workspace: &Workspace, dist: &Path, optimised: bool) -> Result<u64> {
    let report = dist.join("worker.json");
    let outfile = format!("--outfile={WORKER}");
    let mut join = vec!["--bundle", &outfile, "--metafile=worker.json", WORKER];
    join.extend(optimised.then_some("--minify"));
    esbuild(workspace, dist, &join)?;
    let bindings = bytes_of(&fs::read_to_string(&report)?, BINDINGS)?;
    fs::remove_file(report)?;
    fs::remove_file(dist.join(BINDINGS))?;
    Ok(bindings)
}

/// How many bytes of the worker come from `file`, by esbuild's report.
fn bytes_of(report: &str, file: &str) -> Result<u64> {
    let report: Value = serde_json::from_str(report)?;
    report["outputs"][WORKER]["inputs"][file]["bytesInOutput"]
        .as_u64()
        .with_context(|| format!("{WORKER} does not import {file}"))
}

fn minify(workspace: &Workspace, dist: &Path) -> Result<()> {
    esbuild(workspace, dist, &["--minify", "--outdir=.", "sw.js"])?;
    esbuild(workspace, dist, &["--minify", "--outdir=.", "--bundle", "--external:*.woff2", "style.css"])?;
    fs::remove_dir_all(dist.join("css"))?;
    let joined = ["--minify", "--bundle", "--splitting", "--chunk-names=js/shared-[hash]", "--outdir=joined"];
    esbuild(workspace, dist, &[&joined, ENTRIES].concat())?;
    let declarations = declarations(dist)?;
    for kept in declarations.iter().map(PathBuf::as_path).chain([Path::new(WORKER)]) {
        fs::rename(dist.join(kept), dist.join("joined").join(kept))?;
    }
    fs::remove_dir_all(dist.join("js"))?;
    fs::rename(dist.join("joined/js"), dist.join("js")).context("putting the joined modules in their place")?;
    fs::remove_dir(dist.join("joined"))?;
    for page in files(dist)?.iter().filter(|file| is_any(&file.path, &["html"])) {
        let path = dist.join(&page.path);
        fs::write(&path, unindented(&fs::read_to_string(&path)?))?;
    }
    Ok(())
}

/// The TypeScript declarations beside the modules, by their paths in dist/.
fn declarations(dist: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dist.join("js"))?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries
        .iter()
        .map(|entry| Path::new("js").join(entry.file_name()))
        .filter(|path| is_any(path, &["ts"]))
        .collect())
}

/// Runs esbuild in dist/.
fn esbuild(workspace: &Workspace, dist: &Path, arguments: &[&str]) -> Result<()> {
    run(tools::esbuild(workspace)?.current_dir(dist).args(FLAGS).args(arguments))
        .context("the JavaScript and CSS of the page could not be joined or minified")
}

/// HTML without indentation and without comments that fill a line. Line breaks stay, because they
/// separate words.
fn unindented(html: &str) -> String {
    let is_comment = |line: &str| line.starts_with("<!--") && line.trim_end().ends_with("-->");
    let lines = html.lines().map(str::trim_start).filter(|line| !line.is_empty() && !is_comment(line));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

/// The HTML, CSS and JavaScript in a folder and all below it but the examples, the largest first.
fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.extend((path != root.join(EXAMPLES)).then_some(path));
            } else if is_any(&path, &["html", "css", "js"]) {
                files.push(File { bytes: fs::metadata(&path)?.len(), path: path.strip_prefix(root)?.to_owned() });
            }
        }
    }
    largest_first(&mut files);
    Ok(files)
}

/// The files, with the size of the bindings taken off the worker's.
fn without_bindings(mut files: Vec<File>, bindings: u64) -> Vec<File> {
    for worker in files.iter_mut().filter(|file| file.path == Path::new(WORKER)) {
        worker.bytes -= bindings;
    }
    largest_first(&mut files);
    files
}

fn largest_first(files: &mut [File]) {
    files.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
}

/// Whether a file has one of these extensions.
fn is_any(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| extensions.iter().any(|one| extension == *one))
}

fn sum(files: &[File]) -> u64 {
    files.iter().map(|file| file.bytes).sum()
}

/// Fails if `files`, the largest first, are larger than `limit` together.
fn within(files: &[File], limit: u64) -> Result<()> {
    let largest: Vec<_> =
        files.iter().take(BLAMED).map(|file| format!("{} ({})", file.path.display(), file.bytes)).collect();
    ensure!(
        sum(files) <= limit,
        "the shell is too large: {} bytes of HTML, CSS and JavaScript, where at most {limit} are allowed. \
         The largest files: {}",
        sum(files),
        largest.join(", ")
    );
    Ok(())
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} kB", bytes as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: u64) -> File {
        File { path: path.into(), bytes }
    }

    #[test]
    fn html_css_and_javascript_of_every_folder_count_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("js/deeper")).unwrap();
        fs::create_dir(folder.join("examples")).unwrap();
        for (name, bytes) in [
            ("index.html", 30),
            ("style.css", 20),
            ("js/app.js", 40),
            ("js/deeper/more.js", 10),
            ("module.wasm", 1000),
            ("js/models.json", 1000),
            ("js/notes", 1000),
            ("examples/page.html", 1000),
        ] {
            fs::write(folder.join(name), vec![b' '; bytes]).unwrap();
        }
        let found = files(folder).unwrap();
        assert_eq!(
            found,
            [file("js/app.js", 40), file("index.html", 30), file("style.css", 20), file("js/deeper/more.js", 10)]
        );
        assert_eq!(sum(&found), 100);
        assert_eq!(kilobytes(98_123), "98.1 kB");
        assert!(files(&folder.join("missing")).is_err());
    }

    #[test]
    fn declarations_are_told_from_modules() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("js")).unwrap();
        for name in ["js/negah.js", "js/negah.d.ts", "style.css"] {
            fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(declarations(folder).unwrap(), [Path::new("js/negah.d.ts")]);
        assert!(declarations(&folder.join("missing")).is_err());
    }

    #[test]
    fn of_the_worker_the_bindings_do_not_count() {
        let report = r#"{ "outputs": { "js/worker.js": { "bytes": 37, "inputs": {
            "negah-web.js": { "bytesInOutput": 30 }, "js/adapter.js": { "bytesInOutput": 2 } } } } }"#;
        assert_eq!(bytes_of(report, "negah-web.js").unwrap(), 30);
        let error = bytes_of(report, "js/app.js").unwrap_err().to_string();
        assert_eq!(error, "js/worker.js does not import js/app.js");
        let shell = without_bindings(vec![file("js/worker.js", 37), file("js/app.js", 20)], 30);
        assert_eq!(shell, [file("js/app.js", 20), file("js/worker.js", 7)]);
    }

    #[test]
    fn html_keeps_its_words_apart() {
        assert_eq!(
            unindented("<p>\n  one\n\n\ttwo <b>three</b>\n  <!-- four -->\n</p>"),
            "<p>\none\ntwo <b>three</b>\n</p>\n"
        );
    }

    #[test]
    fn one_byte_too_many_stops_the_build_and_the_largest_files_are_named() {
        let mut shell = vec![file("words.js", LIMIT - 10), file("a.js", 3), file("b.css", 3), file("c.html", 2)];
        shell.extend([file("d.js", 1), file("e.js", 1)]);
        assert!(within(&shell, LIMIT).is_ok());
        shell.push(file("f.js", 1));
        let error = within(&shell, LIMIT).unwrap_err().to_string();
        assert!(error.contains("220001 bytes of HTML, CSS and JavaScript, where at most 220000"), "{error}");
        assert!(error.ends_with("words.js (219990), a.js (3), b.css (3), c.html (2), d.js (1)"), "{error}");
    }
}
