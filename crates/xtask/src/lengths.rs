//! The limits of CONTRIBUTING.md on the sources: lines of a file, and columns of a line.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::workspace::Workspace;

/// The most lines of a Rust file.
const LINES: usize = 400;

/// The most columns of a comment, and of a line of Markdown.
const COLUMNS: usize = 100;

/// Folders that git ignores and that lie between the sources.
const IGNORED: [&str; 6] = ["node_modules", "dist", "dist-serve", "target", "fetched", "artifacts"];

#[test]
fn sources_keep_to_their_limits() {
    let root = Workspace::find().unwrap().root;
    let mut found = String::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                // Cargo marks every target directory with this file, whatever it is called.
                let is_cache = path.join("CACHEDIR.TAG").exists();
                if !is_cache && !name.starts_with('.') && !IGNORED.contains(&&*name) {
                    folders.push(path);
                }
                continue;
            }
            let excess = match path.extension().and_then(|ending| ending.to_str()) {
                Some("rs") => rust(&fs::read_to_string(&path).unwrap()),
                Some("md") => markdown(&fs::read_to_string(&path).unwrap()),
                _ => continue,
            };
            let shown = path.strip_prefix(&root).unwrap_or(&path);
            report(&mut found, shown, &excess);
        }
    }
    assert!(found.is_empty(), "{found}");
}

fn report(found: &mut String, path: &Path, excess: &[(usize, String)]) {
    for (line, what) in excess {
        writeln!(found, "{}:{line}: {what}", path.display()).unwrap();
    }
}

fn rust(text: &str) -> Vec<(usize, String)> {
    let comments = text.lines().map(|line| line.trim_start().starts_with("//") && line.split_whitespace().count() > 2);
    let mut excess = too_wide(text, comments);
    let lines = text.lines().count();
    if lines > LINES {
        excess.push((LINES + 1, format!("the file has {lines} lines, where {LINES} are allowed")));
    }
    excess
}

fn markdown(text: &str) -> Vec<(usize, String)> {
    let mut in_code = false;
    let prose = text.lines().map(|line| {
        let content = line.trim_start();
        if content.starts_with("```") {
            in_code = !in_code;
        }
        let is_link = content.starts_with(['[', '!']) && content.ends_with(')') && content.matches("](").count() == 1;
        !in_code && !is_link && !line.starts_with("    ") && !content.starts_with(['|', '<'])
    });
    too_wide(text, prose)
}

/// The lines of more than [`COLUMNS`] columns, of those that count.
fn too_wide(text: &str, counts: impl Iterator<Item = bool>) -> Vec<(usize, String)> {
    let columns = text.lines().map(|line| line.chars().count());
    let counted = columns.zip(counts).enumerate();
    counted
        .filter(|(_, (columns, counts))| *counts && *columns > COLUMNS)
        .map(|(line, (columns, _))| (line + 1, format!("{columns} columns, where {COLUMNS} are allowed")))
        .collect()
}

/// The lines at which something was found.
fn lines(excess: &[(usize, String)]) -> Vec<usize> {
    excess.iter().map(|(line, _)| *line).collect()
}

#[test]
fn a_long_rust_file_and_wide_comments_are_found() {
    let long = "word ".repeat(25);
    assert_eq!(lines(&rust(&format!("//! {long}\nlet text = \"{long}\";\n    // {long}\n// short\n"))), [1, 3]);
    assert!(rust(&format!("/// <https://example.org/{}>\n", "a".repeat(90))).is_empty());
    assert!(rust(&"//\n".repeat(LINES)).is_empty());
    assert_eq!(lines(&rust(&"//\n".repeat(LINES + 1))), [LINES + 1]);
}

#[test]
fn wide_prose_is_found_and_what_cannot_be_wrapped_is_not() {
    let long = "word ".repeat(25);
    let unbreakable = [
        format!("| {long} |"),
        format!("    {long}"),
        format!("```\n{long}\n```"),
        format!("<p title=\"{long}\">"),
        format!("![{long}](a.png)"),
    ];
    for text in unbreakable {
        assert!(markdown(&text).is_empty(), "{text}");
    }
    assert_eq!(lines(&markdown(&format!("short\n{long}\n```\n{long}\n```\n- {long}\n"))), [2, 6]);
    assert_eq!(lines(&markdown(&format!("[a](b) {long} [c](d)"))), [1]);
    assert!(markdown(&"é".repeat(COLUMNS)).is_empty(), "columns, not bytes");
}
