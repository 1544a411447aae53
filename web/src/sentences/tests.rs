use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use negah_attribution::Parameters;
use negah_explain::Prediction;
use negah_zoo::{Few, Misshapen};
use serde_json::{Value as Json, json};

use super::*;
use crate::failure::Failure;

const ERRORS: [Keys; 9] = [SESSION, NETWORK, ATTRIBUTION, ZOO, WEIGHTS, CLASSES, EXPLAIN, PICTURES, RENDER];

/// The sentences of a language, from its file.
fn words(file: &str) -> Json {
    let path = format!("{}/../www/locales/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The languages with sentences of the module, besides English.
fn languages() -> Vec<String> {
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../www/locales")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".module.json").map(str::to_owned)).collect()
}

/// The names in braces in a sentence, or in any of its plural forms.
fn placeholders(sentence: &Json) -> BTreeSet<&str> {
    match sentence {
        Json::String(text) => text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect(),
        Json::Object(forms) => forms.values().flat_map(placeholders).collect(),
        other => panic!("{other} is no sentence"),
    }
}

/// Compares the sentences of a language with the keys.
#[track_caller]
fn assert_said(language: &str, block: &str, keys: &[Keys]) {
    let keys: BTreeMap<_, _> = keys.iter().flat_map(|keys| keys.iter().copied()).collect();
    let words = words(&format!("{language}.module.json"));
    let said = words["module"][block].as_object().unwrap();
    let unsaid: Vec<_> = keys.keys().filter(|key| !said.contains_key(**key)).collect();
    assert!(unsaid.is_empty(), "{language}: module.{block} lacks {unsaid:?}");
    let unused: Vec<_> = said.keys().filter(|key| !keys.contains_key(key.as_str())).collect();
    assert!(unused.is_empty(), "{language}: nothing is said by {unused:?} of module.{block}");
    for (key, sentence) in said {
        for name in placeholders(sentence) {
            let values = keys[key.as_str()];
            assert!(values.contains(&name), "{language}: module.{block}.{key} has no {{{name}}}, but {values:?}");
        }
    }
}

#[test]
fn every_language_says_every_sentence_and_no_other() {
    let languages = languages();
    assert!(languages.contains(&"fa".to_owned()), "{languages:?}");
    for language in languages {
        assert_said(&language, "errors", &ERRORS);
        assert_said(&language, "notes", &[NOTES, REASONS]);
    }
}

#[test]
fn a_key_stands_for_one_sentence() {
    let mut keys: Vec<&str> = ERRORS.iter().flat_map(|keys| keys.iter().map(|(key, _)| *key)).collect();
    let kebab = |key: &str| key.chars().all(|letter| letter == '-' || letter.is_ascii_lowercase());
    assert!(keys.iter().all(|key| kebab(key)), "{keys:?}");
    keys.sort_unstable();
    let again: Vec<_> = keys.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(again.is_empty(), "{again:?}");
    // The page looks there first, so a sentence under the same key would be shown instead.
    for language in languages().iter().map(String::as_str).chain(["en"]) {
        let words = words(&format!("{language}.json"));
        let taken: Vec<_> = keys.iter().filter(|key| words["errors"].get(**key).is_some()).collect();
        assert!(taken.is_empty(), "{language}: errors has {taken:?}, which are the module's");
    }
}

fn told(error: impl Into<Failure>) -> Json {
    serde_json::to_value(error.into()).unwrap()
}

#[test]
fn a_failure_says_what_it_is_about() {
    assert_eq!(
        told(negah_picture::decode(b"Dear diary").unwrap_err()),
        json!({
            "code": "not-an-image",
            "message": "Expected a picture (JPEG, PNG, WebP, GIF or BMP), but this file holds text. Choose a picture file.",
            "key": "not-an-image-text",
            "values": {},
        })
    );
    let huge = told(PictureError::TooLarge { width: 8001, height: 8000 });
    assert_eq!(huge["values"], json!({ "max": 64.0, "width": 8001.0, "height": 8000.0, "megapixels": 65.0 }));
    let wrong = told(SessionError::GpuWrong(Disagreement::Scores(0.049_96)));
    assert_eq!((&wrong["code"], &wrong["key"]), (&json!("gpu-wrong"), &json!("gpu-wrong-scores")));
    assert_eq!(wrong["values"], json!({ "difference": 0.05, "allowed": 0.001 }));
}

#[test]
fn what_a_crate_below_refuses_keeps_its_sentence() {
    let unknown =
        NetworkError::UnknownLayer { name: "haed".to_owned(), known: vec!["stem".to_owned(), "head".to_owned()] };
    let failure = told(AttributionError::Network(unknown));
    assert_eq!((&failure["code"], &failure["key"]), (&json!("unknown-layer"), &json!("unknown-layer")));
    assert_eq!(failure["values"], json!({ "layer": "haed", "known": "stem, head" }));
}

#[test]
fn a_value_of_the_wrong_kind_is_told_as_it_came() {
    let refused = |method: &str, id: &str, value: Setting| {
        let info = negah_attribution::find(method).unwrap().info();
        told(Parameters::new(info, [(id.to_owned(), value)]).unwrap_err())
    };
    let failure = refused("smooth-grad", "samples", Setting::Number(0.5));
    assert_eq!(failure["key"], "parameter-whole");
    assert_eq!(failure["values"]["got"], json!(0.5));
    assert!(failure["values"]["min"].is_number() && failure["values"]["max"].is_number());
    let failure = refused("grad-cam", "relu", Setting::Text("yes".to_owned()));
    assert_eq!(failure["key"], "parameter-bool");
    assert_eq!(failure["values"], json!({ "parameter": "relu", "got": "yes" }));
}

#[test]
fn weights_of_another_network_are_counted_and_named() {
    let misshapen = Misshapen { name: "fc.weight".to_owned(), expected: vec![1000, 1280], got: vec![10, 1280] };
    let mismatch = Mismatch {
        model: "VGG-16",
        missing: Few { count: 4, first: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()] },
        misshapen: Few { count: 1, first: vec![misshapen] },
        ..Mismatch::default()
    };
    let failure = told(ZooError::Mismatch(Box::new(mismatch)));
    assert_eq!(
        failure["message"],
        "The weights do not belong to VGG-16. 4 tensors are missing: a, b, c, … One tensor has another shape: \
         fc.weight [10, 1280] instead of [1000, 1280]."
    );
    assert_eq!(failure["key"], "weights-mismatch");
    assert_eq!(
        failure["values"],
        json!({ "model": "VGG-16", "missing": 4.0, "surplus": 0.0, "misshapen": 1.0, "examples": "a, b, c, fc.weight" })
    );
}

#[test]
fn a_class_that_there_is_not_is_told_apart_by_what_was_asked() {
    let find =
        |asked: &str| told(Prediction::new(vec![0.0; 1000], negah_zoo::IMAGENET.clone()).find(asked).unwrap_err());
    let (number, name) = (find("1000"), find("unicorn"));
    assert_eq!(number["key"], "class-number");
    assert_eq!(number["values"], json!({ "asked": "1000", "last": 999.0 }));
    assert_eq!(name["key"], "class-name");
    assert_eq!(name["values"]["classes"], json!(1000.0));
}
