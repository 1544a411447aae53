//! The command as a script calls it.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use safetensors::SafeTensors;
use serde_json::Value;
use support::*;

#[test]
fn predict_names_the_cat() {
    // PyTorch's figures for the weights in full precision.
    let records = json(&["predict", "--json", "--top", "3", CHELSEA]);
    let classes = records[0]["classes"].as_array().unwrap();
    for (class, (name, probability)) in
        classes.iter().zip([("Egyptian cat", 0.385), ("tiger cat", 0.332), ("tabby", 0.163)])
    {
        assert_eq!(class["name"], name);
        assert!((class["probability"].as_f64().unwrap() - probability).abs() < 0.01);
    }
    let table = printed(&["predict", CHELSEA, "www/samples/coffee.png"]);
    assert!(table.contains("n02124075   Egyptian cat") && table.contains("espresso"), "{table}");
}

#[test]
fn layers_are_those_of_the_network() {
    let summary = json(&["layers", "--json"]);
    let layers = summary["layers"].as_array().unwrap();
    let own = layers.iter().filter(|layer| layer["group"] == false);
    let sum: u64 = own.map(|layer| layer["parameters"].as_u64().unwrap()).sum();
    assert_eq!(summary["parameters"].as_u64(), Some(sum));
    // EfficientNet-Lite0's 4,652,008 trained values, and the mean and variance of 21,008 channels'
    // batch norms.
    assert_eq!(sum, 4_652_008 + 42_016);
    let head = layers.iter().find(|layer| layer["name"] == "head").unwrap();
    assert_eq!((&head["shape"], &head["cut"]), (&serde_json::json!([1280, 7, 7]), &Value::Bool(true)));
    assert!(printed(&["layers"]).contains("blocks.5.expand.conv"));
}

#[test]
fn keras_networks_are_listed_as_by_keras_without_their_weights() {
    let table = printed(&["layers", "--model", "vgg16"]);
    let line: Vec<&str> = table.lines().nth(8).unwrap().split_whitespace().collect();
    let expected = ["7", "block3_conv1", "Conv2D", "(None,", "56,", "56,", "256)", "295,168", "block2_pool"];
    assert_eq!(line, expected);
    assert!(table.ends_with("VGG-16: 23 layers, 138,357,544 parameters\n"), "{table}");
    let table = printed(&["layers", "--model", "xception"]);
    assert!(table.ends_with("Xception: 134 layers, 22,910,480 parameters\n"), "{table}");
    assert!(printed(&["layers", "--model", "vgg16", "--all"]).contains("block1_conv1.relu"));
    assert_eq!(json(&["layers", "--model", "vgg16", "--json"])["reference"][7]["inputs"][0], "block2_pool");
}

#[test]
fn converted_weights_are_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weights.safetensors");
    let file = file.to_str().unwrap();
    printed(&["convert", file]);
    let shipped = json(&["predict", "--json", CHELSEA]);
    assert_eq!(json(&["predict", "--json", "--weights", file, CHELSEA]), shipped);
    // The large tensors, which are in half precision already, stay as they are; the small ones are
    // rounded.
    printed(&["convert", "--half", file]);
    let halved = json(&["predict", "--json", "--weights", file, CHELSEA]);
    assert_eq!(halved[0]["classes"][0]["name"], "Egyptian cat");
    assert!(std::fs::metadata(file).unwrap().len() < 9_500_000);
    let message = refusal(&["convert", "--model", "xception", "--weights", file, file]);
    assert!(message.contains("look like those of EfficientNet-Lite0"), "{message}");
    assert!(message.contains("236 tensors are missing: block1_conv1.weight"), "{message}");
    let message = refusal(&["predict", "--model", "vgg16", CHELSEA]);
    assert!(message.contains("VGG-16’s weights from Keras, torchvision"), "{message}");
}

#[test]
fn methods_are_those_of_the_registry() {
    let methods = json(&["methods", "--json"]);
    let ids: Vec<&str> = methods.as_array().unwrap().iter().map(|method| method["id"].as_str().unwrap()).collect();
    let known: Vec<&str> = negah_attribution::EXPLAINERS.iter().map(|explainer| explainer.info().id).collect();
    assert_eq!(ids, known);
    let samples = &methods[2]["parameters"][0];
    assert_eq!(
        (&samples["id"], &samples["kind"], &samples["max"]),
        (&"samples".into(), &"whole".into(), &10_000.into())
    );
    let text = printed(&["methods"]);
    assert!(text.contains("--set samples=50") && text.contains("1610.02391"), "{text}");
}

#[test]
fn explain_gives_captums_map_from_a_picture_and_from_a_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let golden = std::fs::read(root().join("tests/goldens/efficientnet_lite0/grad_cam.safetensors")).unwrap();
    let golden = SafeTensors::deserialize(&golden).unwrap();
    let view = golden.tensor("chelsea.png/head/285").unwrap();
    let expected: Vec<f32> = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let largest = expected.iter().fold(0f32, |max, value| max.max(*value));
    let check = |file: &str| {
        let (shape, values) = read_npy(Path::new(file));
        assert_eq!(shape, [1, 1, 7, 7]);
        for (ours, theirs) in values.iter().zip(&expected) {
            assert!((ours - theirs).abs() <= 1e-3 * largest, "{ours}, not {theirs}");
        }
    };
    printed(&["explain", "--method", "grad-cam", "--target", "egyptian cat", "--npy", &at("{name}.npy"), CHELSEA]);
    check(&at("chelsea.npy"));

    let bytes = std::fs::read(root().join(CHELSEA)).unwrap();
    let model = negah_zoo::find("efficientnet-lite0").unwrap();
    let input = negah_picture::decode(&bytes).unwrap().values(&model.preprocessing());
    write_npy(Path::new(&at("input.npy")), &input, [1, 3, 224, 224]);
    printed(&[
        "explain",
        "--method",
        "grad-cam",
        "--target",
        "285",
        "--npy",
        &at("again.npy"),
        "--input-npy",
        &at("input.npy"),
    ]);
    check(&at("again.npy"));

    let mut spoilt = input;
    spoilt[7] = f32::NAN;
    write_npy(Path::new(&at("nan.npy")), &spoilt, [1, 3, 224, 224]);
    let message = refusal(&["explain", "--method", "saliency", "--input-npy", &at("nan.npy")]);
    assert!(message.contains("1 of its 150528 values are NaN, infinite, or beyond"), "{message}");
    write_npy(Path::new(&at("small.npy")), &spoilt[8..83], [1, 3, 5, 5]);
    let message = refusal(&["explain", "--method", "saliency", "--input-npy", &at("small.npy")]);
    assert!(message.contains("the network takes (N, 3, 224, 224) or (N, 224, 224, 3)"), "{message}");
}

#[test]
fn one_map_a_target_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(folder.path().join("others")).unwrap();
    for name in ["01.jpg", "02.jpg"] {
        std::fs::copy(root().join("www/backgrounds").join(name), folder.path().join("others").join(name)).unwrap();
    }
    let record = json(&[
        "explain",
        "--method",
        "expected-gradients",
        "--target",
        "top2",
        "--set",
        "samples=4",
        "--seed",
        "3",
        "--background",
        &at("others"),
        "--png",
        &at("map.png"),
        "--json",
        "-",
        CHELSEA,
    ]);
    let targets = record["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 2);
    assert_eq!(targets[1]["class"]["name"], "tiger cat");
    assert_eq!(targets[0]["map"].as_array().unwrap().len(), 224 * 224);
    assert!(targets[0]["measures"]["sum-gap"].is_number());
    assert_eq!(record["shape"], serde_json::json!([2, 3, 224, 224]));
    assert_eq!(record["parameters"]["seed"], 3);
    assert_eq!((&record["channels"], &record["batch"]), (&Value::from("sum"), &Value::from(1)));
    assert!(record["background"][1].as_str().unwrap().ends_with("02.jpg"));
    let picture = image::open(at("map.png")).unwrap();
    // Eight columns set the two maps apart; their names take 24 rows, the bar of their colours 52.
    assert_eq!((picture.width(), picture.height()), (224 + 8 + 224, 224 + 24 + 52));

    printed(&[
        "explain",
        "--method",
        "activations",
        "--layer",
        "blocks.2",
        "--set",
        "order=mean",
        "--png",
        &at("grid.png"),
        CHELSEA,
    ]);
    let picture = image::open(at("grid.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (5 * 56, 5 * 56 + 52));
}

#[test]
fn what_cannot_be_done_is_said_in_words() {
    let explain = |rest: &[&str]| refusal(&[&["explain", "--method"], rest, &[CHELSEA]].concat());
    for (arguments, sentence) in [
        (&["grad-cam", "--layer", "haed"][..], "There is no layer named “haed”"),
        (&["saliency", "--layer", "head"], "takes no layer"),
        (&["expected-gradients", "--layer", "blocks.4.expand.bn"], "Choose a layer marked as a cut, such as stem"),
        (&["grad-cam", "--target", "unicorn"], "There is no class “unicorn”"),
        (&["grad-cam", "--target", "1000"], "numbered from 0 to 999"),
        (&["integrated-gradients", "--set", "baseline=picture"], "needs a background"),
        (&["saliency", "--weights", "no-such-file"], "reading the weights no-such-file"),
        (&["expected-gradients", "--background", "crates/cli/src"], "holds no picture"),
        (&["saliency", "--png", "map.png", "www/samples/coffee.png"], "put {name} into map.png"),
        (&["saliency", "--png", "{name}.png", CHELSEA], "chelsea.png would be written twice"),
        (&["saliency", "--npy", "map", "--png", "map"], "map would be written twice"),
        (&["saliency", "--npy", "no/such/map.npy"], "make the folder no/such first"),
    ] {
        let message = explain(arguments);
        assert!(message.starts_with("error: ") && message.contains(sentence), "{arguments:?}: {message}");
    }
    let message = refusal(&["predict", "Cargo.toml"]);
    assert!(message.contains("Expected a picture"), "{message}");
    if !cfg!(feature = "gpu") {
        let message = explain(&["saliency", "--device", "gpu"]);
        assert!(message.contains("--features gpu"), "{message}");
    }
    // A wrong command line has a code of its own.
    for (arguments, sentence) in [
        (&["grad-camera"][..], "[possible values: grad-cam, "),
        (&["smooth-grad", "--set", "samples=none"], "takes a whole number from 1 to 10000, not “none”"),
        (&["smooth-grad", "--set", "samples"], "--set takes KEY=VALUE"),
        (&["saliency", "--seed", "1"], "saliency has no parameter “seed”"),
        (&["saliency", "--score", "odds"], "[possible values: logit, probability, log-probability]"),
        (&["saliency", "--channels", "most"], "[possible values: sum, magnitude, largest]"),
        (&["saliency", "--percentile", "101"], "it is a number from 0 to 100"),
        (&["saliency", "--colormap", "jet"], "[possible values: "),
        (&["saliency", "--tiles", "own"], "[possible values: together, apart]"),
        (&["saliency", "--model", "vgg99"], "[possible values: efficientnet-lite0"),
        (&["saliency", "--nonsense"], "unexpected argument"),
    ] {
        let message = failure(&[&["explain", "--method"], arguments, &[CHELSEA]].concat(), 2);
        assert!(message.starts_with("error: ") && message.contains(sentence), "{arguments:?}: {message}");
    }
}

#[test]
fn the_folder_that_is_named_is_the_one_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    let output =
        command.current_dir(root()).args(["predict", CHELSEA]).env("NEGAH_MODELS", folder.path()).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message.contains("which has none of efficientnet-lite0.safetensors, efficientnet-lite0.weights.h5"),
        "{message}"
    );
}

#[test]
fn weights_that_were_fetched_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let fetched = folder.path().join("fetched");
    std::fs::create_dir(&fetched).unwrap();
    let name = "efficientnet-lite0.safetensors";
    std::fs::copy(root().join("www/models").join(name), fetched.join(name)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    let output =
        command.current_dir(root()).args(["predict", CHELSEA]).env("NEGAH_MODELS", folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    command
        .current_dir(root())
        .args(["layers"])
        .env_remove("NEGAH_MODELS")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Closed before the first line is there.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
