//! The lists of models that the page can load: the committed list, and that of fetched models.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A list's name, in the folder of the files it lists.
const LIST: &str = "models.json";

/// The folder, in that of the committed models, that `cargo xtask fetch-models` fills and git
/// ignores.
pub const FETCHED: &str = "fetched";

/// A model of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub name: String,
    /// Its weights, by their path from the list.
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Puts `entry` into the list of `folder`, in place of the one with the same id or at the end.
pub fn add(folder: &Path, entry: Entry) -> Result<()> {
    let mut entries = read(folder)?;
    match entries.iter_mut().find(|known| known.id == entry.id) {
        Some(known) => *known = entry,
        None => entries.push(entry),
    }
    write(folder, &entries)
}

/// Appends the fetched models, if there are any, to the list in a built page's folder.
pub fn add_fetched(folder: &Path) -> Result<()> {
    for entry in read(&folder.join(FETCHED))? {
        add(folder, Entry { file: format!("{FETCHED}/{}", entry.file), ..entry })?;
    }
    Ok(())
}

/// The models of a folder; none where there is no list.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let path = folder.join(LIST);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not a list of models", path.display()))
}

fn write(folder: &Path, entries: &[Entry]) -> Result<()> {
    let path = folder.join(LIST);
    let text = serde_json::to_string_pretty(entries)? + "\n";
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, bytes: u64) -> Entry {
        Entry {
            id: id.to_owned(),
            name: id.to_uppercase(),
            file: format!("{id}.safetensors"),
            bytes,
            sha256: "00".to_owned(),
        }
    }

    #[test]
    fn a_model_replaces_itself_in_the_list_and_leaves_others() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for entry in [entry("a", 1), entry("b", 2), entry("a", 3)] {
            add(folder, entry).unwrap();
        }
        assert_eq!(read(folder).unwrap(), [entry("a", 3), entry("b", 2)]);
        fs::write(folder.join(LIST), "{}").unwrap();
        let error = add(folder, entry("a", 1)).unwrap_err().to_string();
        assert!(error.ends_with("models.json is not a list of models"), "{error}");
    }

    #[test]
    fn fetched_models_come_after_the_committed_ones_and_from_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        add(folder, entry("b", 1)).unwrap();
        let committed = fs::read(folder.join(LIST)).unwrap();
        add_fetched(folder).unwrap();
        assert_eq!(fs::read(folder.join(LIST)).unwrap(), committed, "nothing was fetched");

        let fetched = folder.join(FETCHED);
        fs::create_dir(&fetched).unwrap();
        add(&fetched, entry("a", 2)).unwrap();
        add_fetched(folder).unwrap();
        let there = Entry { file: "fetched/a.safetensors".to_owned(), ..entry("a", 2) };
        assert_eq!(read(folder).unwrap(), [entry("b", 1), there]);
    }
}
