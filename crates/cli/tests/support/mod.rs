//! How the tests call the command.

#![allow(dead_code, reason = "no test file needs all of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub fn root() -> PathBuf {
    // Asked for at run time: one target directory may serve several checkouts.
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../..")
}

pub fn negah(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_negah"));
    // Whoever runs the tests may have set it.
    command.env_remove("NEGAH_MODELS").current_dir(root()).args(arguments).output().unwrap()
}

pub fn printed(arguments: &[&str]) -> String {
    let output = negah(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// What the command says, and that it fails.
pub fn refusal(arguments: &[&str]) -> String {
    failure(arguments, 1)
}

pub fn failure(arguments: &[&str], code: i32) -> String {
    let output = negah(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    assert!(output.stdout.is_empty(), "errors go to standard error");
    String::from_utf8(output.stderr).unwrap()
}

pub const CHELSEA: &str = "www/samples/chelsea.png";

pub fn read_npy(path: &Path) -> (Vec<u64>, Vec<f32>) {
    let bytes = std::fs::read(path).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

pub fn write_npy(path: &Path, values: &[f32], shape: [u64; 4]) {
    use npyz::WriterBuilder;
    let file = std::fs::File::create(path).unwrap();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
}
