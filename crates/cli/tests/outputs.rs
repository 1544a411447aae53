//! Files that are written: never over what is read, and whatever becomes of the standard output.

#![allow(clippy::unwrap_used, reason = "all of this file is a test, its helpers too")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::*;

/// Runs the command in `folder`.
fn within(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_negah")).current_dir(folder).args(arguments).output().unwrap()
}

fn message(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn no_output_is_written_over_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let photograph = fs::read(root().join(CHELSEA)).unwrap();
    fs::write(at("cat.png"), &photograph).unwrap();
    fs::create_dir(at("others")).unwrap();
    fs::write(at("others/one.png"), &photograph).unwrap();
    write_npy(&at("in.npy"), &[0.0; 3 * 224 * 224], [1, 3, 224, 224]);
    let array = fs::read(at("in.npy")).unwrap();
    let mut cases = vec![
        vec!["--png", "{name}.png", "cat.png"],
        vec!["--png", "./cat.png", "cat.png"],
        vec!["--npy", "others/../cat.png", "cat.png"],
        vec!["--npy", "{name}.npy", "--input-npy", "in.npy"],
        vec!["--method", "expected-gradients", "--background", "others", "--png", "others/one.png", "cat.png"],
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("cat.png"), at("link.png")).unwrap();
        cases.extend([vec!["--png", "link.png", "cat.png"], vec!["--png", "cat.png", "link.png"]]);
    }
    for case in cases {
        let output = within(folder.path(), &[&["explain"], &case[..]].concat());
        assert_eq!(output.status.code(), Some(1), "{case:?}");
        let sentence = message(&output);
        assert!(sentence.contains("is read by this command: write to another name or folder"), "{case:?}: {sentence}");
        assert_eq!(fs::read(at("cat.png")).unwrap(), photograph);
        assert_eq!(fs::read(at("others/one.png")).unwrap(), photograph);
        assert_eq!(fs::read(at("in.npy")).unwrap(), array);
    }
}

#[test]
fn two_results_are_not_written_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let picture = root().join(CHELSEA);
    let picture = picture.to_str().unwrap();
    let output = within(folder.path(), &["explain", "--png", "out.png", "--npy", "./out.png", picture]);
    assert!(message(&output).contains("would be written twice"), "{}", message(&output));
    let output = within(folder.path(), &["explain", "--png", ".", picture]);
    assert!(message(&output).contains(". is a folder: name a file"), "{}", message(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_costs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let maps = folder.path().join("{name}.npy");
    let pictures = ["chelsea.png", "coffee.png", "dog.jpg"].map(|name| format!("www/samples/{name}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    command.current_dir(root()).args(["explain", "--threads", "1", "--npy", maps.to_str().unwrap()]).args(&pictures);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", message(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_is_full_stops_nothing() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    command.current_dir(root()).args(["predict", "--json-lines", "missing.png", CHELSEA]).stderr(full());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_is_the_failure_of_its_picture() {
    let output = negah(&["explain", "--png", "/proc/{name}.png", CHELSEA, "www/samples/coffee.png"]);
    assert_eq!(output.status.code(), Some(1));
    let sentence = message(&output);
    assert_eq!(sentence.matches("writing /proc/").count(), 2, "{sentence}");
    assert!(sentence.contains("2 of 2 images failed"), "{sentence}");
    assert!(output.stdout.is_empty(), "no success is reported");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_opened_keeps_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let running = folder.path().join("negah");
    fs::copy(env!("CARGO_BIN_EXE_negah"), &running).unwrap();
    let picture = root().join(CHELSEA);
    // A program that runs cannot be written, not even by root.
    let mut command = Command::new(&running);
    command.current_dir(folder.path()).args(["explain", "--npy", "negah"]).arg(picture);
    let output = command.output().unwrap();
    assert!(message(&output).contains("writing negah"), "{}", message(&output));
    assert_eq!(fs::metadata(&running).unwrap().len(), fs::metadata(env!("CARGO_BIN_EXE_negah")).unwrap().len());
}

#[cfg(unix)]
#[test]
fn control_characters_of_a_name_do_not_reach_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let name = "red\u{1b}[31m\n.png";
    fs::copy(root().join(CHELSEA), folder.path().join(name)).unwrap();
    for arguments in [["predict", name], ["explain", name], ["predict", "no\u{1b}[31m.png"]] {
        let output = within(folder.path(), &arguments);
        let printed = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(!printed.contains(&0x1b), "{arguments:?}: {}", String::from_utf8_lossy(&printed));
        assert!(String::from_utf8(printed).unwrap().contains("\\u{1b}"), "{arguments:?}");
    }
}

#[test]
fn convert_writes_a_file_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(message(&within(folder.path(), &["convert", "-"])).contains("name a file"));
    let missing = within(folder.path(), &["convert", "none/w.safetensors"]);
    assert!(message(&missing).contains("make the folder none first"), "{}", message(&missing));
    let output = within(folder.path(), &["convert", "--half", "w.safetensors"]);
    assert!(output.status.success(), "{}", message(&output));
    fs::write(at("other"), "").unwrap();
    let permissions = |name: &str| fs::metadata(at(name)).unwrap().permissions();
    assert_eq!(permissions("w.safetensors"), permissions("other"));
    let onto_itself = within(folder.path(), &["convert", "--weights", "w.safetensors", "./w.safetensors"]);
    assert!(message(&onto_itself).contains("is read by this command"), "{}", message(&onto_itself));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
}
