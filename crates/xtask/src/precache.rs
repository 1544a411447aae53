//! Writes the list of files that the service worker caches for offline use into dist/sw.js, in the
//! place of [`PLACE`]: every file that the page needs, with its SHA-256.
//!
//! The version is a hash of the worker as written and of that list. The worker's bytes, from which
//! browsers detect an update, therefore change exactly when anything does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::manifest;
use crate::optimise::{MODULE, brotli_size, hex, megabytes};

/// The service worker, in dist/.
const WORKER: &str = "sw.js";

/// The word in it that the list replaces.
const PLACE: &str = "PRECACHE";

/// The most bytes that a first visit may download for offline use, as a static host sends them.
const LIMIT: u64 = 16_000_000;

/// The extensions of the page's files. The hosts' own files (`_headers`, `.htaccess`,
/// `netlify.toml`), which a host may not serve, and the scripts that made the pictures have others.
const ENDINGS: &[&str] =
    &["html", "css", "js", "wasm", "json", "webmanifest", "svg", "png", "jpg", "woff2", "safetensors", "md", "txt"];

/// Licences and notices, which the page links to, have names without an ending.
const NOTICES: &[&str] = &["NOTICE", "LICENSE"];

/// What hosts send as it is: these files are compressed already, or of a type that hosts do not
/// know.
const AS_IT_IS: &[&str] = &["png", "jpg", "woff2", "safetensors"];

/// What takes the worker's [`PLACE`].
#[derive(Debug, Serialize)]
struct Precache {
    version: String,
    /// Of all files together.
    bytes: u64,
    /// The SHA-256 of each, by its path from the worker.
    files: BTreeMap<String, String>,
}

/// Writes the list into the service worker in dist/. If the module was optimised, `module` is its
/// size with Brotli; the size of all files is then printed and compared with the limit.
///
/// # Errors
/// If that size is above the limit.
pub fn write(dist: &Path, module: Option<u64>) -> Result<()> {
    let precache = fill(dist)?;
    let raw = megabytes(precache.bytes);
    let Some(module) = module else {
        println!("Kept for use offline: {} files, {raw}", precache.files.len());
        return Ok(());
    };
    let sent = sent(dist, &precache, module)?;
    println!("Kept for use offline: {} files, {raw}, {} as hosts send them", precache.files.len(), megabytes(sent));
    within(sent)
}

/// Lists a built page's files in its service worker.
fn fill(dist: &Path) -> Result<Precache> {
    let path = dist.join(WORKER);
    let worker = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    ensure!(
        worker.matches(PLACE).count() == 1,
        "{} should have the word {PLACE} once, where the list of files goes",
        path.display()
    );
    let mut precache = Precache { version: String::new(), bytes: 0, files: BTreeMap::new() };
    let mut hash = Sha256::new();
    hash.update(&worker);
    for name in names(dist)? {
        let bytes = fs::read(dist.join(&name)).with_context(|| format!("reading {name} in {}", dist.display()))?;
        let sha256 = hex(&Sha256::digest(&bytes));
        hash.update(format!("{name} {sha256}\n"));
        precache.bytes += bytes.len() as u64;
        precache.files.insert(name, sha256);
    }
    precache.version = hex(&hash.finalize()[..8]);
    let filled = worker.replace(PLACE, &serde_json::to_string(&precache)?);
    fs::write(&path, filled).with_context(|| format!("writing {}", path.display()))?;
    Ok(precache)
}

/// The paths of the files that the page needs, in order.
fn names(dist: &Path) -> Result<Vec<String>> {
    let models = manifest::read(&dist.join("models"))?;
    let fetched = format!("models/{}/", manifest::FETCHED);
    // The first model is the one that the page begins with.
    let others: Vec<_> = models.iter().skip(1).map(|model| format!("models/{}", model.file)).collect();
    let mut names = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = dist.join(&folder);
        for entry in fs::read_dir(&here).with_context(|| format!("reading {}", here.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            let name =
                format!("{folder}{}", name.to_str().context("a file of the page has a name that is not Unicode")?);
            if entry.path().is_dir() {
                folders.push(name + "/");
            } else if is_needed(&name) && !name.starts_with(&fetched) && !others.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a file is part of the page, judged by its path.
fn is_needed(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    // JSON files beside the page configure hosts: `vercel.json`, `staticwebapp.config.json`.
    path != WORKER
        && !name.starts_with(['.', '_'])
        && ending.map_or_else(
            || NOTICES.iter().any(|notice| name.starts_with(notice)),
            |ending| ENDINGS.contains(&ending) && !(folder.is_empty() && ending == "json"),
        )
}

/// How many bytes a static host sends for all of it; `module` is the module's part.
fn sent(dist: &Path, precache: &Precache, module: u64) -> Result<u64> {
    let is_sent_as_it_is =
        |path: &Path| AS_IT_IS.iter().any(|one| path.extension().is_some_and(|ending| ending == *one));
    let files = precache.files.keys().filter(|name| *name != MODULE).map(|name| dist.join(name));
    let (raw, packed): (Vec<_>, Vec<_>) = files.partition(|path| is_sent_as_it_is(path));
    let mut bytes = module + brotli_size(&packed)?;
    for path in raw {
        bytes += fs::metadata(path)?.len();
    }
    Ok(bytes)
}

fn within(sent: u64) -> Result<()> {
    ensure!(
        sent <= LIMIT,
        "what is kept for use offline is too large: {} as hosts send it, where at most {} are allowed. \
         Every file that the page needs counts, and of the weights those of the first model in models.json",
        megabytes(sent),
        megabytes(LIMIT)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const LIST: &str = r#"[
        { "id": "a", "name": "A", "file": "a.safetensors", "bytes": 1, "sha256": "" },
        { "id": "b", "name": "B", "file": "b.safetensors", "bytes": 1, "sha256": "" },
        { "id": "c", "name": "C", "file": "fetched/c.safetensors", "bytes": 1, "sha256": "" }
    ]"#;

    /// A built page: what is kept of it, and what is not.
    const KEPT: [&str; 10] = [
        "index.html",
        "js/app.js",
        "locales/fa.json",
        "manifest.webmanifest",
        "models/LICENSE-APACHE",
        "models/NOTICE",
        "models/a.safetensors",
        "models/models.json",
        "negah-web_bg.wasm",
        "samples/thumbs/dog.jpg",
    ];
    const LEFT: [&str; 9] = [
        "_headers",
        ".htaccess",
        "CNAME",
        "vercel.json",
        "js/negah.d.ts",
        "models/b.safetensors",
        "models/fetched/c.safetensors",
        "models/fetched/models.json",
        "samples/make.py",
    ];

    fn page() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in KEPT.iter().chain(&LEFT) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        fs::write(folder.path().join("models/models.json"), LIST).unwrap();
        fs::write(folder.path().join(WORKER), "const list = PRECACHE;").unwrap();
        folder
    }

    #[test]
    fn what_the_page_needs_is_kept_and_nothing_else() {
        let page = page();
        let names = names(page.path()).unwrap();
        assert_eq!(names, KEPT);
    }

    #[test]
    fn the_worker_has_the_list_with_its_hashes() {
        let page = page();
        let precache = fill(page.path()).unwrap();
        let worker = fs::read_to_string(page.path().join(WORKER)).unwrap();
        let json = worker.strip_prefix("const list = ").and_then(|rest| rest.strip_suffix(';')).unwrap();
        let list: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(list["version"], precache.version.as_str());
        assert_eq!(precache.version.len(), 16);
        // As `printf js/app.js | sha256sum` has it.
        assert_eq!(list["files"]["js/app.js"], "32cdce28ac549728f6a28999f6d874aa4f29e6da1406c28c3134cd8d421a866a");
        let lengths: usize = KEPT.iter().map(|name| name.len()).sum();
        let expected = lengths - "models/models.json".len() + LIST.len();
        assert_eq!(list["bytes"], expected);

        let error = fill(page.path()).unwrap_err().to_string();
        assert!(error.contains("should have the word PRECACHE once"), "{error}");
    }

    #[test]
    fn the_version_changes_exactly_when_anything_does() {
        let version = |change: &dyn Fn(&Path)| {
            let page = page();
            change(page.path());
            fill(page.path()).unwrap().version
        };
        let same = version(&|_| ());
        assert_eq!(same, version(&|_| ()));
        assert_eq!(same, version(&|page| fs::write(page.join("vercel.json"), "{}").unwrap()), "no part of the page");
        let others = [
            version(&|page| fs::write(page.join("js/app.js"), "changed").unwrap()),
            version(&|page| fs::rename(page.join("js/app.js"), page.join("js/page.js")).unwrap()),
            version(&|page| fs::write(page.join("more.css"), "").unwrap()),
            version(&|page| fs::write(page.join(WORKER), "const changed = PRECACHE;").unwrap()),
        ];
        let different: BTreeSet<_> = others.iter().chain([&same]).collect();
        assert_eq!(different.len(), 5);
    }

    #[test]
    fn one_byte_too_many_stops_the_build() {
        assert!(within(LIMIT).is_ok());
        let error = within(LIMIT + 10_000).unwrap_err().to_string();
        assert!(error.contains("16.01 MB as hosts send it, where at most 16.00 MB"), "{error}");
    }
}
