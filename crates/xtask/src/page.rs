//! What the page is made of, as Trunk.toml and the `data-trunk` links of the HTML declare it.
//!
//! The declarations are Trunk's, so that `trunk build` understands them too. The page uses a small
//! part of what Trunk can do, and that part is implemented here: compiling a whole build tool to
//! copy some folders would delay the first page by minutes. Anything outside that part is an error,
//! so that the two cannot disagree silently.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// The page before it is built.
#[derive(Debug)]
pub struct Page {
    /// The folder of the crate that becomes the module.
    pub module: PathBuf,
    /// The profile that the module is published in.
    pub profile: String,
    /// The HTML without the links that are only for the build.
    html: String,
    /// Files and folders that are copied as they are.
    copied: Vec<PathBuf>,
}

/// Trunk.toml.
#[derive(Deserialize)]
struct Settings {
    build: Build,
}

/// The `[build]` of Trunk.toml.
#[derive(Deserialize)]
struct Build {
    target: PathBuf,
    dist: String,
    filehash: bool,
    public_url: String,
}

type Attributes = BTreeMap<String, String>;

impl Page {
    /// Reads the declarations of the checkout in `root`.
    ///
    /// # Errors
    /// If the declarations use a part of Trunk that is not implemented here.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("Trunk.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let Settings { build } = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        ensure!(
            build.dist == "dist" && !build.filehash && build.public_url == "./",
            "{} should say `dist = \"dist\"`, `filehash = false` and `public_url = \"./\"`, \
             because that is how xtask builds the page",
            path.display()
        );
        let path = root.join(build.target);
        let html = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let folder = path.parent().context("the page's HTML should be in a folder")?;
        Self::new(folder, &html).with_context(|| format!("in {}", path.display()))
    }

    /// The page whose `html` is in `folder`.
    fn new(folder: &Path, html: &str) -> Result<Self> {
        let (html, links) = without_links(html)?;
        let mut modules = Vec::new();
        let mut copied = Vec::new();
        for mut link in links {
            let href = folder.join(take(&mut link, "href")?);
            match take(&mut link, "rel")?.as_str() {
                "copy-file" | "copy-dir" => copied.push(href),
                "rust" => {
                    for (name, value) in
                        [("data-type", "worker"), ("data-bindgen-target", "web"), ("data-wasm-opt", "0")]
                    {
                        let found = take(&mut link, name)?;
                        ensure!(found == value, "{name} is \"{found}\", but xtask builds only {name}=\"{value}\"");
                    }
                    modules.push((href, take(&mut link, "data-cargo-profile")?));
                }
                rel => bail!("xtask does not implement <link data-trunk rel=\"{rel}\">"),
            }
            let rest: Vec<_> = link.into_keys().collect();
            ensure!(rest.is_empty(), "xtask does not implement `{}` of <link data-trunk>", rest.join("`, `"));
        }
        let count = modules.len();
        let Ok([(module, profile)]) = <[_; 1]>::try_from(modules) else {
            bail!("there should be one <link data-trunk rel=\"rust\">, but there are {count}")
        };
        Ok(Self { module, profile, html, copied })
    }

    /// Writes everything but the module into `dist`, in place of what was there.
    pub fn assemble(&self, dist: &Path) -> Result<()> {
        if dist.exists() {
            fs::remove_dir_all(dist).with_context(|| format!("clearing {}", dist.display()))?;
        }
        fs::create_dir_all(dist).with_context(|| format!("creating {}", dist.display()))?;
        for from in &self.copied {
            let name = from.file_name().with_context(|| format!("{} has no name", from.display()))?;
            copy(from, &dist.join(name))?;
        }
        fs::write(dist.join("index.html"), &self.html).context("writing the page")
    }
}

/// Copies a file, or a folder and all below it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("copying {} to {}", from.display(), to.display());
    if !from.is_dir() {
        fs::copy(from, to).with_context(failed)?;
        return Ok(());
    }
    fs::create_dir(to).with_context(failed)?;
    for entry in fs::read_dir(from).with_context(failed)? {
        let name = entry?.file_name();
        copy(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn take(link: &mut Attributes, name: &str) -> Result<String> {
    link.remove(name).with_context(|| format!("a <link data-trunk> has no {name}"))
}

/// The HTML without its `data-trunk` links, and the other attributes of those.
fn without_links(html: &str) -> Result<(String, Vec<Attributes>)> {
    let mut page = String::new();
    let mut links = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        page += before;
        let end = if tag.starts_with("<!--") {
            tag.find("-->").context("a comment does not end")? + "-->".len()
        } else if let Some(text) = tag.strip_prefix("<link") {
            let (mut attributes, end) = attributes(text)?;
            let end = "<link".len() + end;
            if attributes.remove("data-trunk").is_some() {
                links.push(attributes);
                rest = &tag[end..];
                continue;
            }
            end
        } else {
            1
        };
        page += &tag[..end];
        rest = &tag[end..];
    }
    Ok((page + rest, links))
}

/// The attributes at the start of `text`, up to the end of the tag, and where that is.
fn attributes(text: &str) -> Result<(Attributes, usize)> {
    let mut found = Attributes::new();
    let between = |c: char| c.is_whitespace() || c == '/';
    let mut rest = text.trim_start_matches(between);
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((found, text.len() - after.len()));
        }
        let end = rest.find(['=', '>', '<', '/', ' ', '\t', '\n', '\r']).filter(|end| !rest[*end..].starts_with('<'));
        let end = end.context("a <link> does not end")?;
        let (name, after) = rest.split_at(end);
        let mut value = "";
        rest = after;
        if let Some(quoted) = after.strip_prefix('=') {
            let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            let quote = quote.with_context(|| format!("the value of {name} should be in quotes"))?;
            (value, rest) =
                quoted[1..].split_once(quote).with_context(|| format!("the value of {name} does not end"))?;
        }
        rest = rest.trim_start_matches(between);
        found.insert(name.to_owned(), value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUNK: &str =
        "[build]\ntarget = \"www/index.html\"\ndist = \"dist\"\nfilehash = false\npublic_url = \"./\"\n";
    const RUST: &str = "<link data-trunk rel=\"rust\" href=\"../web\" data-type=\"worker\" \
                        data-bindgen-target=\"web\" data-wasm-opt=\"0\" data-cargo-profile=\"web\">";

    /// A checkout whose page has these links.
    fn checkout(links: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("Trunk.toml", TRUNK),
            ("www/index.html", &format!("<head>\n<link rel='icon' href=\"data:<a href='b'/>\" />{links}</head>\n")),
            ("www/style.css", "style"),
            ("www/js/app.js", "app"),
            ("www/js/deeper/.hidden", "hidden"),
            ("www/notes.txt", "not asked for"),
            ("dist/old.txt", "of an earlier build"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn error(links: &str) -> String {
        format!("{:#}", Page::read(checkout(links).path()).unwrap_err())
    }

    #[test]
    fn the_page_is_assembled_from_its_links() {
        let root = checkout(&format!(
            "{RUST}<!-- <link data-trunk rel=\"copy-file\" href=\"notes.txt\"> -->\
             <link data-trunk rel=\"copy-file\" href=\"style.css\"/>\n<link href='js' rel='copy-dir' data-trunk>"
        ));
        let page = Page::read(root.path()).unwrap();
        assert_eq!(page.module, root.path().join("www/../web"));
        assert_eq!(page.profile, "web");

        let dist = root.path().join("dist");
        page.assemble(&dist).unwrap();
        let read = |name: &str| fs::read_to_string(dist.join(name)).unwrap();
        assert_eq!(
            read("index.html"),
            "<head>\n<link rel='icon' href=\"data:<a href='b'/>\" />\
             <!-- <link data-trunk rel=\"copy-file\" href=\"notes.txt\"> -->\n</head>\n"
        );
        assert_eq!(
            (read("style.css"), read("js/app.js"), read("js/deeper/.hidden")),
            ("style".into(), "app".into(), "hidden".into())
        );
        let mut names: Vec<_> = fs::read_dir(&dist).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["index.html", "js", "style.css"]);
    }

    #[test]
    fn what_only_trunk_can_do_stops_the_build() {
        assert!(error("").contains("should be one <link data-trunk rel=\"rust\">, but there are 0"));
        assert!(error(&[RUST, RUST].concat()).contains("but there are 2"));
        let sass = [RUST, "<link data-trunk rel=\"sass\" href=\"a.scss\">"].concat();
        assert!(error(&sass).ends_with("xtask does not implement <link data-trunk rel=\"sass\">"));
        let moved = [RUST, "<link data-trunk rel=\"copy-file\" href=\"style.css\" data-target-path=\"css\">"].concat();
        assert!(error(&moved).ends_with("xtask does not implement `data-target-path` of <link data-trunk>"));
        let optimised = RUST.replace("data-wasm-opt=\"0\"", "data-wasm-opt=\"z\"");
        assert!(error(&optimised).ends_with("data-wasm-opt is \"z\", but xtask builds only data-wasm-opt=\"0\""));
        assert!(error("<link data-trunk rel=\"rust\"").contains("does not end"));

        let root = checkout(RUST);
        fs::write(root.path().join("Trunk.toml"), TRUNK.replace("false", "true")).unwrap();
        let error = Page::read(root.path()).unwrap_err().to_string();
        assert!(error.contains("`filehash = false`"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let root = checkout(&[RUST, "<link data-trunk rel=\"copy-file\" href=\"favicon.svg\">"].concat());
        let page = Page::read(root.path()).unwrap();
        let error = page.assemble(&root.path().join("dist")).unwrap_err().to_string();
        assert!(error.contains("favicon.svg"), "{error}");
    }

    #[test]
    fn the_declarations_of_this_checkout_are_understood() {
        let page = Page::read(&crate::workspace::Workspace::find().unwrap().root).unwrap();
        assert!(page.module.join("Cargo.toml").exists());
        assert!(page.copied.iter().all(|path| path.exists()), "{:?}", page.copied);
    }
}
