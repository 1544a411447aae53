//! Writes the page's sentences in its first language into its HTML, so that the page is readable
//! before any script runs and without one.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// The language that the page comes in.
const FIRST: &str = "en";

/// What the names of its locale files have after the language.
const PARTS: &[&str] = &["", ".learn"];

/// The attributes that name a sentence, and those that it is written to. `data-text` fills the
/// element itself.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("data-label", "aria-label"),
    ("data-title", "title"),
    ("data-content", "content"),
    ("data-placeholder", "placeholder"),
];

/// Fills `index.html` in `dist` with the sentences of `locales` there.
///
/// # Errors
/// If the page asks for a sentence that does not exist.
pub fn fill(dist: &Path) -> Result<()> {
    let mut words = Map::new();
    for part in PARTS {
        let file =
            fs::read_to_string(dist.join(format!("locales/{FIRST}{part}.json"))).context("reading the page's words")?;
        words.extend(serde_json::from_str::<Map<String, Value>>(&file)?);
    }
    let page = dist.join("index.html");
    let html = filled(&fs::read_to_string(&page)?, &Value::Object(words))?;
    fs::write(page, html).context("writing the page")
}

/// The page with the words in it.
fn filled(html: &str, words: &Value) -> Result<String> {
    let mut page = with_texts(html, words)?;
    for (name, attribute) in ATTRIBUTES {
        let asked = format!("{name}=\"");
        page = replaced(&page, &asked, |key| Ok(format!("{attribute}=\"{}\" {asked}{key}\"", sentence(words, key)?)))?;
    }
    Ok(page)
}

/// Fills the elements that ask for a text, which have to be empty.
fn with_texts(html: &str, words: &Value) -> Result<String> {
    let mut page = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("data-text=\"") {
        let key = after.split('"').next().unwrap_or_default();
        let Some((tag, content)) = after.split_once('>') else {
            bail!("the element with data-text=\"{key}\" does not end")
        };
        let Some(end) = content.find("</").filter(|end| content[..*end].trim().is_empty()) else {
            bail!("the element with data-text=\"{key}\" is not empty: its sentence belongs in locales/{FIRST}.json")
        };
        page += &format!("{before}data-text=\"{tag}>{}", sentence(words, key)?);
        rest = &content[end..];
    }
    Ok(page + rest)
}

/// Replaces each `asked` with its value, up to the closing quote, by what `with` makes of the
/// value.
fn replaced(html: &str, asked: &str, with: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut page = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(asked) {
        let (key, after) = after.split_once('"').context("an attribute that does not end")?;
        page += before;
        page += &with(key)?;
        rest = after;
    }
    Ok(page + rest)
}

/// The sentence of a key, escaped for HTML.
fn sentence(words: &Value, key: &str) -> Result<String> {
    let found = key.split('.').try_fold(words, |found, name| found.get(name)).and_then(Value::as_str);
    let text =
        found.with_context(|| format!("the words of {FIRST} have no sentence “{key}”, which the page asks for"))?;
    Ok(text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Value {
        serde_json::json!({ "page": { "title": "Negah", "keep": "Keep <this> & \"that\"" } })
    }

    #[test]
    fn elements_and_attributes_get_their_words() {
        let html = "<title data-text=\"page.title\"></title><button data-title=\"page.keep\" id=\"b\" data-text=\"page.keep\"> </button>";
        assert_eq!(
            filled(html, &words()).unwrap(),
            "<title data-text=\"page.title\">Negah</title><button title=\"Keep &lt;this> &amp; &quot;that&quot;\" \
             data-title=\"page.keep\" id=\"b\" data-text=\"page.keep\">Keep &lt;this> &amp; &quot;that&quot;</button>"
        );
    }

    #[test]
    fn words_that_are_missing_or_stand_in_the_page_stop_the_build() {
        let error = filled("<p data-text=\"page.nothing\"></p>", &words()).unwrap_err().to_string();
        assert!(error.contains("“page.nothing”"), "{error}");
        let error = filled("<p data-text=\"page.title\">Negah</p>", &words()).unwrap_err().to_string();
        assert!(error.contains("is not empty"), "{error}");
    }
}
