//! The corpora of the fuzz targets: what the real libraries write, and files that other readers are
//! known to have had trouble with. `fuzz/corpus/make.py` makes them.

#![allow(clippy::unwrap_used, reason = "all of this is a test, its helpers too")]

#[path = "damage/allocator.rs"]
mod allocator;
#[path = "damage/read.rs"]
mod read;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The most memory that reading a file of a few kilobytes may take, in bytes.
const MOST: usize = 64 << 20;

fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let files = std::fs::read_dir(here.join("../../fuzz/corpus").join(target)).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let files: BTreeMap<_, _> = files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    assert!(!files.is_empty(), "{target}");
    files
}

/// What a file gives: so many tensors, or a sentence of which this is a part.
enum Gives {
    Tensors(usize),
    Sentence(&'static str),
}

use Gives::{Sentence, Tensors};

#[test]
fn every_file_is_read_or_refused_with_a_sentence() {
    let _alone = allocator::alone();
    for (target, cases) in CASES {
        let files = corpus(target);
        for (name, gives) in *cases {
            let bytes = files.get(*name).unwrap_or_else(|| panic!("{target}/{name}"));
            let (got, most) = allocator::measure(|| read::read_all(bytes));
            let got = match got {
                Ok((read, refused)) => (read, refused.first().cloned().unwrap_or_default()),
                Err(error) => (0, error.to_string()),
            };
            match gives {
                Tensors(count) => assert_eq!(got, (*count, String::new()), "{target}/{name}"),
                Sentence(part) => assert!(got.1.contains(part), "{target}/{name}: {got:?}"),
            }
            assert!(most < MOST, "{target}/{name}: {most} bytes of memory");
            assert!(!got.1.contains(['\x1b', '\u{202e}']) && got.1.len() < 500, "{target}/{name}: {}", got.1);
        }
        // What a fuzzer has found is here without a line above.
        for (name, bytes) in files {
            let (_, most) = allocator::measure(|| read::read_all(&bytes));
            assert!(most < MOST, "{target}/{name}: {most} bytes of memory");
        }
    }
}

#[test]
fn every_numpy_file_is_read_or_refused_with_a_sentence() {
    let _alone = allocator::alone();
    let files = corpus("numpy");
    for (name, gives) in NUMPY {
        let bytes = files.get(*name).unwrap_or_else(|| panic!("numpy/{name}"));
        let got = negah_weights::npy::read(bytes, 1 << 20);
        match gives {
            Tensors(count) => assert_eq!(got.unwrap().values.len(), *count, "{name}"),
            Sentence(part) => {
                let message = got.unwrap_err().to_string();
                assert!(message.contains(part), "{name}: {message}");
            }
        }
    }
    for (name, bytes) in files {
        let (_, most) = allocator::measure(|| negah_weights::npy::read(&bytes, 1 << 20));
        assert!(most < MOST, "{name}: {most} bytes of memory");
    }
}

const CASES: &[(&str, &[(&str, Gives)])] = &[
    (
        "safetensors",
        &[
            ("plain.safetensors", Tensors(2)),
            ("no_tensors.safetensors", Tensors(0)),
            ("empty_tensor.safetensors", Tensors(2)),
            ("scalar.safetensors", Tensors(1)),
            ("padded_header.safetensors", Tensors(1)),
            ("integers.safetensors", Sentence("“a” holds integer, boolean or other values")),
            ("newer_type.safetensors", Sentence("“a” holds integer, boolean or other values")),
            ("number_in_metadata.safetensors", Sentence("expected a string")),
            ("bytes_after.safetensors", Sentence("there are more values, or fewer")),
            ("gap.safetensors", Sentence("the header is wrong")),
            ("duplicate_key.safetensors", Sentence("the header is wrong")),
            ("escape.safetensors", Sentence("“\\u{1b}[2J\\u{202e}xxx")),
            ("unknown_type.safetensors", Sentence("unknown variant `\\u{1b}[31mX`")),
            ("huge_shape.safetensors", Sentence("the header is wrong")),
        ],
    ),
    (
        "pytorch",
        &[
            ("archive.pth", Tensors(2)),
            ("stream.pth", Tensors(2)),
            ("protocol4.pth", Tensors(2)),
            ("stream_protocol4.pth", Tensors(2)),
            ("shared_storage.pth", Tensors(3)),
            ("strided.pth", Sentence("a tensor that is a view with gaps or repetitions is not supported")),
            ("expanded.pth", Sentence("a tensor that is a view with gaps or repetitions is not supported")),
            ("scalar.pth", Sentence("“n.num_batches_tracked” holds integer")),
            ("parameter.pth", Tensors(1)),
            ("prefixed.pth", Tensors(2)),
            ("lightning.pth", Tensors(1)),
            ("whole_module.pth", Sentence("asks Python for “torch.nn.modules.linear.Linear”")),
            ("tensor.pth", Sentence("a file without a state dict is not supported")),
            ("bfloat16.pth", Tensors(1)),
            ("list_of_tensors.pth", Sentence("a file without a state dict is not supported")),
            ("plain_pickle.pkl", Sentence("a pickle that torch.save did not write is not supported")),
        ],
    ),
    (
        "hdf5",
        &[
            ("plain.h5", Tensors(1)),
            ("keras3.weights.h5", Tensors(1)),
            ("compressed.h5", Tensors(1)),
            ("resizable.h5", Tensors(1)),
            ("half_written.h5", Sentence("a tensor is not complete")),
            ("never_written.h5", Sentence("a tensor was never written")),
            ("lzf.h5", Sentence("compressed by filter 32000 is not supported")),
            ("scale_offset.h5", Sentence("compressed by filter 6 is not supported")),
            ("compact.h5", Sentence("an HDF5 file with compact storage is not supported")),
            ("external.h5", Sentence("whose values are in another file is not supported")),
            ("big_endian.h5", Sentence("big-endian values is not supported")),
            ("latest.h5", Tensors(1)),
            ("latest_chunked.h5", Sentence("a newer index of chunks (libver “latest”) is not supported")),
            ("user_block.h5", Sentence("a user block is not supported")),
            ("integers.h5", Sentence("“dense/0” holds integer")),
            ("scalar.h5", Tensors(1)),
            ("empty.h5", Tensors(1)),
        ],
    ),
];

const NUMPY: &[(&str, Gives)] = &[
    ("c.npy", Tensors(6)),
    ("fortran.npy", Tensors(6)),
    ("big.npy", Tensors(6)),
    ("bytes.npy", Tensors(6)),
    ("complex.npy", Sentence("but they are <c8")),
    ("structured.npy", Sentence("its header describes something else")),
    ("objects.npy", Sentence("but they are |O")),
    ("archive.npz", Sentence("an archive (.npz)")),
];
