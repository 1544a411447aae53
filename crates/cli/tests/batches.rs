//! Several pictures, arrays, and where results go.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::*;

const COFFEE: &str = "www/samples/coffee.png";

#[test]
fn it_explains_a_picture_from_any_folder() {
    let folder = tempfile::tempdir().unwrap();
    let picture = root().join(CHELSEA).canonicalize().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    command.current_dir(folder.path()).env_remove("NEGAH_MODELS").arg("explain").arg(picture);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Grad-CAM, Egyptian cat"), "{text}");
}

#[test]
fn a_picture_that_fails_does_not_stop_the_others() {
    for command in ["predict", "explain"] {
        let output = negah(&[command, "--json-lines", CHELSEA, "Cargo.toml", COFFEE]);
        assert_eq!(output.status.code(), Some(1));
        let lines: Vec<Value> =
            String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut images: Vec<&str> = lines.iter().map(|line| line["image"].as_str().unwrap()).collect();
        images.sort_unstable();
        assert_eq!(images, [CHELSEA, COFFEE], "{command}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("error: Cargo.toml: "), "{message}");
        assert!(message.contains("error: 1 of 3 images failed"), "{message}");
    }
}

#[test]
fn every_number_of_threads_gives_the_same_maps() {
    let maps = |threads: &str| {
        let lines = printed(&[
            "explain",
            "--json-lines",
            "--threads",
            threads,
            "--method",
            "smooth-grad",
            "--set",
            "samples=2",
            CHELSEA,
            COFFEE,
            "www/samples/dog.jpg",
        ]);
        let mut lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.sort_by_key(|line| line["image"].as_str().unwrap().to_owned());
        lines.into_iter().map(|line| line["targets"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(maps("1"), maps("3"));
}

/// The levels of a picture as the network gets them, red, green and blue for each pixel.
fn levels() -> Vec<f32> {
    let picture = negah_picture::decode(&std::fs::read(root().join(CHELSEA)).unwrap()).unwrap();
    let preprocessing = negah_zoo::find("efficientnet-lite0").unwrap().preprocessing();
    picture.view(&preprocessing).pixels().iter().map(|level| f32::from(*level)).collect()
}

#[test]
fn an_array_is_named_as_the_picture_it_was_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("levels.npy");
    let file = file.to_str().unwrap();
    write_npy(Path::new(file), &levels(), [1, 224, 224, 3]);
    let of_picture = json(&["predict", "--json", CHELSEA])[0]["classes"].clone();
    let of_levels = json(&["predict", "--json", "--npy-values", "levels", "--input-npy", file])[0]["classes"].clone();
    assert_eq!(of_levels, of_picture);
    // Levels that are fed as they are: as a picture without preprocessing.
    let literal = json(&["predict", "--json", "--input-npy", file])[0]["classes"].clone();
    assert_ne!(literal, of_picture);
    assert_eq!(json(&["predict", "--json", "--preprocessing", "none", CHELSEA])[0]["classes"], literal);
    let record = json(&["explain", "--json", "-", "--npy-values", "levels", "--input-npy", file]);
    assert_eq!(record["framing"], Value::Null, "an array is not cropped");
    assert_eq!(json(&["explain", "--json", "-", CHELSEA])["targets"], record["targets"]);
}

#[test]
fn every_picture_of_an_array_is_an_input_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (cat, file) = (levels(), at("cats.npy"));
    let dark: Vec<f32> = cat.iter().map(|level| level / 2.0).collect();
    write_npy(Path::new(&file), &[cat.clone(), dark.clone(), cat.clone()].concat(), [3, 224, 224, 3]);
    write_npy(Path::new(&at("dark.npy")), &dark, [1, 224, 224, 3]);
    let predict = ["predict", "--json", "--npy-values", "levels", "--input-npy"];
    let records = json(&[&predict[..], &[&file]].concat());
    let names: Vec<&str> = records.as_array().unwrap().iter().map(|one| one["image"].as_str().unwrap()).collect();
    assert_eq!(names, [0, 1, 2].map(|index| format!("{file}[{index}]")));
    assert_eq!(records[0]["classes"], json(&["predict", "--json", CHELSEA])[0]["classes"]);
    assert_eq!(records[1]["classes"], json(&[&predict[..], &[&at("dark.npy")]].concat())[0]["classes"]);
    assert_ne!(records[1]["classes"], records[0]["classes"]);

    let explain = |stream: &[&str], file: &str, npy: &str| {
        let method = ["explain", "--method", "smooth-grad", "--set", "samples=2", "--npy-values", "levels"];
        printed(&[&method[..], stream, &["--npy", &at(npy), "--input-npy", file]].concat());
    };
    let map = |name: &str| read_npy(Path::new(&at(name))).1;
    explain(&[], &file, "apart-{name}.npy");
    explain(&["--one-stream"], &file, "stream-{name}.npy");
    assert_eq!(map("apart-cats-2.npy"), map("apart-cats-0.npy"), "each begins at the seed");
    assert_eq!(map("stream-cats-0.npy"), map("apart-cats-0.npy"));
    assert_ne!(map("stream-cats-2.npy"), map("apart-cats-2.npy"), "the third goes on after the second");
    let message = refusal(&["explain", "--npy", "map.npy", "--input-npy", &file]);
    assert!(message.contains("put {name} into map.npy"), "{message}");

    write_npy(Path::new(&at("small.npy")), &cat[..150], [2, 3, 5, 5]);
    let message = refusal(&["predict", "--input-npy", &at("small.npy")]);
    assert_eq!(message.matches("the network takes (N, 3, 224, 224)").count(), 1, "{message}");
}

#[test]
fn an_unknown_class_is_refused_once_for_all_pictures() {
    let message = refusal(&["explain", "--target", "unicorn", CHELSEA, COFFEE]);
    assert_eq!(message, "error: There is no class “unicorn”: none of the 1000 classes has this name.\n");
    let message = refusal(&["explain", "--target", "crane", CHELSEA, COFFEE]);
    assert_eq!(message.matches("134 crane (bird), 517 crane (machine)").count(), 1, "{message}");
    // What depends on the picture is said with its name.
    let message = refusal(&["explain", "--target", "unicorn", CHELSEA]);
    assert!(message.starts_with(&format!("error: {CHELSEA}: There is no class “unicorn”")), "{message}");
}

#[test]
fn a_background_may_be_an_array() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    write_npy(Path::new(&at("black.npy")), &vec![0.0; 2 * 224 * 224 * 3], [2, 224, 224, 3]);
    let explain = ["explain", "--method", "expected-gradients", "--set", "samples=2", "--npy-values", "levels"];
    let npz = at("shap.npz");
    let rest = ["--background-npy", &at("black.npy"), "--npz", &npz, "--json", "-", CHELSEA];
    let record = json(&[&explain[..], &rest].concat());
    assert!(record["background"][0].as_str().unwrap().ends_with("black.npy"));
    let bytes = std::fs::read(npz).unwrap();
    for name in [&b"values.npy"[..], b"variance.npy"] {
        assert!(bytes.windows(name.len()).any(|window| window == name));
    }
    assert!(bytes.len() > 2 * 4 * 3 * 224 * 224, "both arrays are whole");
}

#[test]
fn a_background_that_is_not_used_is_refused() {
    let explain = |rest: &[&str]| failure(&[&["explain", "--method"], rest, &[CHELSEA]].concat(), 2);
    let folder = "www/backgrounds";
    let message = explain(&["grad-cam", "--background", folder]);
    assert!(message.contains("Grad-CAM compares with nothing: leave the background out"), "{message}");
    let message = explain(&["integrated-gradients", "--background", folder]);
    assert!(message.contains("only with `--set baseline=picture`"), "{message}");
    let message = explain(&["saliency", "--one-stream"]);
    assert!(message.contains("draws no random numbers: leave --one-stream out"), "{message}");
    let output = negah(&["explain", "--method", "expected-gradients", "--set", "samples=2", CHELSEA]);
    let note = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && note.contains("compares with a black picture"), "{note}");
}

#[test]
fn what_an_array_holds_is_said_where_it_is_not_plain() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (integers, floats) = (at("integers.npy"), at("floats.npy"));
    write_npy(Path::new(&floats), &levels(), [1, 224, 224, 3]);
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 224, 224, 3), }\n";
    let bytes: Vec<u8> = levels().iter().map(|level| *level as u8).collect();
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    std::fs::write(&integers, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &bytes].concat()).unwrap();
    let message = refusal(&["predict", "--input-npy", &integers]);
    assert!(message.contains("integers.npy holds integers: add `--npy-values levels`"), "{message}");
    let background = ["explain", "--method", "expected-gradients", "--background-npy", &integers, CHELSEA];
    assert!(refusal(&background).contains("holds integers"));
    let classes =
        |file: &str| json(&["predict", "--json", "--npy-values", "levels", "--input-npy", file])[0]["classes"].clone();
    assert_eq!(classes(&integers), classes(&floats));
    let note = String::from_utf8(negah(&["predict", "--input-npy", &floats]).stderr).unwrap();
    assert!(note.contains("beyond the network's input. Add `--npy-values levels`"), "{note}");
    let message = refusal(&["predict", "--input-npy", &at("")]);
    assert!(message.contains("expected a file, but it is a folder") && !message.contains("weights"), "{message}");
    let message = refusal(&["predict", "--weights", &at(""), CHELSEA]);
    assert_eq!(message.matches("folder").count(), 1, "{message}");
}

#[test]
fn names_of_files_are_escaped() {
    let output = negah(&["predict", "no\u{1b}[31mred.png", CHELSEA]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("no\\u{1b}[31mred.png") && !message.contains('\u{1b}'), "{message:?}");
}

#[test]
fn an_empty_variable_names_no_folder() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    let output = command.current_dir(root()).args(["predict", CHELSEA]).env("NEGAH_MODELS", "").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn layers_are_found_by_the_numbers_in_their_list() {
    let table = printed(&["layers"]);
    let line = table.lines().find(|line| line.contains("blocks.5.expand.conv")).unwrap();
    let number = line.split_whitespace().next().unwrap();
    let map = |layer: &str| json(&["explain", "--layer", layer, "--json", "-", CHELSEA])["targets"].clone();
    assert_eq!(map(number), map("blocks.5.expand.conv"));
}

#[test]
fn results_go_to_the_standard_output() {
    let npy = negah(&["explain", "--npy", "-", CHELSEA]);
    assert!(npy.status.success() && npy.stdout.starts_with(b"\x93NUMPY"));
    let png = negah(&["explain", "--png", "-", CHELSEA]);
    assert!(png.status.success() && png.stdout.starts_with(b"\x89PNG"));
    assert!(String::from_utf8(png.stderr).unwrap().contains("Egyptian cat"), "words go to the standard error");
    let message = refusal(&["explain", "--png", "-", "--npy", "-", CHELSEA]);
    assert!(message.contains("only one result can go to the standard output"), "{message}");
    let message = refusal(&["explain", "--npy", "-", CHELSEA, COFFEE]);
    assert!(message.contains("cannot follow each other on the standard output"), "{message}");
}

#[test]
fn one_stream_of_random_numbers_runs_over_all_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("again.png");
    std::fs::copy(root().join(CHELSEA), &copy).unwrap();
    let maps = |stream: &[&str]| {
        let explain = ["explain", "--method", "smooth-grad", "--set", "samples=2", "--threads", "1", "--json-lines"];
        let lines = printed(&[&explain[..], stream, &[CHELSEA, copy.to_str().unwrap()]].concat());
        let map = |line: &str| serde_json::from_str::<Value>(line).unwrap()["targets"].clone();
        lines.lines().map(map).collect::<Vec<_>>()
    };
    let (apart, together) = (maps(&[]), maps(&["--one-stream"]));
    assert_eq!(apart[0], apart[1], "each begins at the seed");
    assert_eq!(together[0], apart[0]);
    assert_ne!(together[1], apart[1], "the second goes on where the first stopped");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (arguments, sentence) in [
        (&["--method", "smooth-grad", "--seed", "1", "--set", "seed=2"][..], "the seed is set twice"),
        (&["--set", "relu=true", "--set", "relu=false"], "“relu” is set twice"),
        (&["--batch", "0"], "0 is not in 1.."),
        (&["--threads", "0"], "0 is not in 1.."),
    ] {
        let message = failure(&[&["explain"], arguments, &[CHELSEA]].concat(), 2);
        assert!(message.contains(sentence), "{arguments:?}: {message}");
    }
}

#[test]
fn names_are_found_as_keras_writes_them() {
    let record = json(&["explain", "--target", "Egyptian_cat", "--json", "-", CHELSEA]);
    assert_eq!(record["targets"][0]["class"]["index"], 285);
    // model.layers[-1] is the classifier, which has no height and width.
    let message = refusal(&["explain", "--layer", "-1", CHELSEA]);
    assert!(message.contains("“classifier”"), "{message}");
    let record = json(&["explain", "--layer", "-4", "--json", "-", CHELSEA]);
    assert_eq!(record["targets"][0]["map"].as_array().unwrap().len(), 49);
}

#[test]
fn weights_belong_to_the_network_that_they_fit() {
    let file = "www/models/efficientnet-lite0.safetensors";
    assert_eq!(json(&["predict", "--json", "--weights", file, CHELSEA]), json(&["predict", "--json", CHELSEA]));
    let message = refusal(&["predict", "--weights", "crates/weights/goldens/vgg16_torchvision.pth", CHELSEA]);
    assert!(message.contains("holds no weights of a known network. Name the network: efficientnet-lite0"), "{message}");
    let message = refusal(&["predict", "--model", "vgg16", CHELSEA]);
    assert!(
        message.contains("vgg16.safetensors, vgg16.weights.h5, vgg16.h5, vgg16.keras, vgg16.pth, vgg16.pt"),
        "{message}"
    );
}

#[test]
fn too_many_classes_are_refused() {
    let message = refusal(&["explain", "--target", "top1000", CHELSEA]);
    assert!(message.contains("1000 classes were asked for; one request explains at most 100"), "{message}");
}
