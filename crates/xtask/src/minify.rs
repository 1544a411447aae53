//! The shell of the page in dist/, its HTML, CSS and JavaScript: made as small as it is published, and measured.
//!
//! Half of what is written is for those who read it. esbuild takes that out, and joins the modules to the three that are
//! asked for by name, the page, the API and the worker, and what they share: four requests instead of fifty. Exports and
//! properties keep their names, by which others use them. The HTML loses its indentation, an eighth of it; that takes
//! no tool.
//!
//! The module's bindings, which wasm-bindgen writes, are minified as well, but they belong to the module: most of them
//! are the names that it imports.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::run;
use crate::tools;
use crate::workspace::Workspace;

/// The target is what the page's modules are written in: nothing newer comes in, and nothing is rewritten for older
/// browsers.
const FLAGS: &[&str] = &[
    "--format=esm",
    "--target=es2022",
    "--minify",
    "--charset=utf8",
    "--legal-comments=none",
    "--outbase=.",
    "--allow-overwrite",
    "--log-level=warning",
];

/// The modules that are asked for by name.
const ENTRIES: &[&str] = &["js/app.js", "js/negah.js", "js/worker.js"];

/// The bindings of the module: no part of the shell.
const BINDINGS: &str = "negah-web.js";

/// The largest shell that may be published, in bytes.
const LIMIT: u64 = 150_000;

/// How many files a shell above the limit is blamed on.
const BLAMED: usize = 5;

/// A file of the shell.
#[derive(Debug, PartialEq, Eq)]
struct File {
    /// Where it is in dist/.
    path: PathBuf,
    bytes: u64,
}

/// Minifies the shell in dist/ where asked to, and prints its size.
///
/// # Errors
/// A minified shell above the size limit is an error: the page promises less.
pub fn shell(workspace: &Workspace, optimised: bool) -> Result<()> {
    let dist = workspace.dist();
    let written = files(&dist)?;
    if !optimised {
        println!("Shell: {} of HTML, CSS and JavaScript as written, not minified", kilobytes(sum(&written)));
        return Ok(());
    }

    let esbuild = |arguments: &[&str]| {
        run(tools::esbuild(workspace)?.current_dir(&dist).args(FLAGS).args(arguments))
            .context("the JavaScript and CSS of the page could not be minified")
    };
    esbuild(&["--outdir=.", "style.css", "sw.js", BINDINGS])?;
    let external = format!("--external:../{BINDINGS}");
    let joined = ["--bundle", "--splitting", "--chunk-names=js/shared-[hash]", "--outdir=joined", &external];
    esbuild(&[&joined, ENTRIES].concat())?;
    fs::remove_dir_all(dist.join("js"))?;
    fs::rename(dist.join("joined/js"), dist.join("js")).context("putting the joined modules in their place")?;
    fs::remove_dir(dist.join("joined"))?;
    for page in written.iter().filter(|file| is_any(&file.path, &["html"])) {
        let path = dist.join(&page.path);
        fs::write(&path, unindented(&fs::read_to_string(&path)?))?;
    }
    let (bindings, shell): (Vec<_>, Vec<_>) =
        files(&dist)?.into_iter().partition(|file| file.path == Path::new(BINDINGS));
    println!(
        "Shell: {} of HTML, CSS and JavaScript, besides {} of the module's bindings",
        kilobytes(sum(&shell)),
        kilobytes(sum(&bindings))
    );
    within(&shell, LIMIT)
}

/// HTML without the blanks that its lines begin with: between tags and words a line's end says as much.
fn unindented(html: &str) -> String {
    html.lines().map(str::trim_start).filter(|line| !line.is_empty()).fold(String::new(), |all, line| all + line + "\n")
}

/// The HTML, CSS and JavaScript in a folder and all below it, the largest first.
fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_any(&path, &["html", "css", "js"]) {
                files.push(File { bytes: fs::metadata(&path)?.len(), path: path.strip_prefix(root)?.to_owned() });
            }
        }
    }
    files.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
    Ok(files)
}

/// Whether a file's name ends in one of these.
fn is_any(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| extensions.iter().any(|one| extension == *one))
}

fn sum(files: &[File]) -> u64 {
    files.iter().map(|file| file.bytes).sum()
}

/// That `files`, the largest first, are no larger than `limit` together.
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
        for (name, bytes) in [
            ("index.html", 30),
            ("style.css", 20),
            ("js/app.js", 40),
            ("js/deeper/more.js", 10),
            ("module.wasm", 1000),
            ("js/models.json", 1000),
            ("js/notes", 1000),
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
    fn html_keeps_its_words_apart() {
        assert_eq!(unindented("<p>\n  one\n\n\ttwo <b>three</b>\n</p>"), "<p>\none\ntwo <b>three</b>\n</p>\n");
    }

    #[test]
    fn one_byte_too_many_stops_the_build_and_the_largest_files_are_named() {
        let mut shell = vec![file("words.js", LIMIT - 10), file("a.js", 3), file("b.css", 3), file("c.html", 2)];
        shell.extend([file("d.js", 1), file("e.js", 1)]);
        assert!(within(&shell, LIMIT).is_ok());
        shell.push(file("f.js", 1));
        let error = within(&shell, LIMIT).unwrap_err().to_string();
        assert!(error.contains("150001 bytes of HTML, CSS and JavaScript, where at most 150000"), "{error}");
        assert!(error.ends_with("words.js (149990), a.js (3), b.css (3), c.html (2), d.js (1)"), "{error}");
    }
}
