//! Damaged and hostile files end in an error, soon, and within bounds of memory.

#![allow(clippy::unwrap_used, reason = "all of this is a test, its helpers too")]

#[path = "damage/allocator.rs"]
mod allocator;
#[path = "damage/damage.rs"]
mod damage;
#[path = "damage/read.rs"]
mod read;

use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use negah_weights::{Cached, Source, TensorMapping, WeightFile, WeightsError};

/// The most memory that reading a damaged golden may take, in bytes. None has 512 KiB.
const MOST: usize = 64 << 20;

const FILES: [&str; 10] = [
    "vgg16.keras",
    "vgg16_packed.h5",
    "vgg16_newer.h5",
    "vgg16_whole.h5",
    "vgg16_torchvision.pth",
    "vgg16_torchvision_stream.pth",
    "vgg16_timm_f16.safetensors",
    "xception_timm.pth",
    "xception.weights.h5",
    "xception_weights_tf_dim_ordering_tf_kernels.h5",
];

fn file(name: &str) -> Vec<u8> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap());
    std::fs::read(here.join("goldens").join(name)).unwrap()
}

#[test]
fn damaged_files_end_soon_and_within_memory() {
    let _alone = allocator::alone();
    let tries = std::env::var("TRIES").map_or(200, |tries| tries.parse().unwrap());
    for name in FILES {
        let sound = file(name);
        let mut random = damage::Random::new(7);
        let (mut read, mut refused, mut slowest, mut largest) = (0, 0, Duration::ZERO, 0);
        for number in 0..tries {
            let bytes = damage::damaged(&sound, number, &mut random);
            let begun = Instant::now();
            let (result, most) = allocator::measure(|| read::read_all(&bytes));
            slowest = slowest.max(begun.elapsed());
            largest = largest.max(most);
            match result {
                Ok((_, sentences)) if sentences.is_empty() => read += 1,
                Ok((_, sentences)) => {
                    refused += 1;
                    check(name, &sentences[0]);
                }
                Err(error) => {
                    refused += 1;
                    check(name, &error.to_string());
                }
            }
        }
        println!("{name}: {read} read, {refused} refused, {slowest:?} and {largest} bytes at most");
        assert!(slowest < Duration::from_secs(5), "{name}: {slowest:?}");
        assert!(largest < MOST, "{name}: {largest} bytes");
        assert!(refused > tries / 5, "{name}: {refused} of {tries} refused");
    }
}

/// Each of these once took hundreds of megabytes.
#[test]
fn a_pickle_takes_little_memory() {
    let _alone = allocator::alone();
    for (name, instructions) in [
        ("empty tuples", b")".repeat(4 << 20)),
        ("empty texts", b"U\0".repeat(2 << 20)),
        ("texts that are not UTF-8", b"U\x01\xff".repeat(1 << 20)),
        ("entries of the memo", [&b"N"[..], &b"\x94".repeat(4 << 20)].concat()),
        ("values in a list", [&b"]("[..], &b"N".repeat(4 << 20), b"e"].concat()),
    ] {
        let bytes = [&b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."[..], &instructions].concat();
        let (result, most) = allocator::measure(|| read::read_all(&bytes));
        println!("{name}: {most} bytes at most");
        assert!(result.unwrap_err().to_string().contains("more than 32 MiB of memory"), "{name}");
        assert!(most < 2 * MOST, "{name}: {most} bytes");
    }
}

/// A sentence is short and has no control characters, whatever the file says.
fn check(name: &str, sentence: &str) {
    assert!(sentence.chars().count() < 500 && !sentence.contains(char::is_control), "{name}: {sentence:?}");
}

/// Counts the reads and the bytes.
struct Counted<'a>(&'a [u8], Cell<usize>, Cell<usize>);

impl Source for Counted<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.1.set(self.1.get() + 1);
        self.2.set(self.2.get() + buffer.len());
        self.0.read_at(offset, buffer)
    }
}

#[test]
fn opening_reads_little() {
    for name in FILES.iter().filter(|name| !matches!(**name, "vgg16_packed.h5" | "vgg16_newer.h5")) {
        let bytes = file(name);
        let counted = Counted(&bytes, Cell::default(), Cell::default());
        WeightFile::open(&Cached::new(&counted)).unwrap();
        let (calls, read) = (counted.1.get(), counted.2.get());
        println!("{name}: {calls} calls, {read} bytes");
        assert!(calls < 100 && read < 1 << 20, "{name}: {calls} calls, {read} bytes");
    }
}

fn places(bytes: &[u8], mark: &[u8]) -> Vec<usize> {
    bytes.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark).map(|(place, _)| place).collect()
}

#[test]
fn a_group_within_itself_ends() {
    // Every address in the symbol tables points to the root.
    let mut bytes = file("vgg16_whole.h5");
    let root = bytes[64..72].to_vec();
    for table in places(&bytes, b"SNOD") {
        for entry in 0..usize::from(bytes[table + 6]) {
            let place = table + 8 + 40 * entry + 8;
            bytes[place..place + 8].copy_from_slice(&root);
        }
    }
    assert!(WeightFile::open(&bytes).is_err());
    // A tree whose only child is itself.
    let mut bytes = file("vgg16_whole.h5");
    let tree = places(&bytes, b"TREE")[0];
    bytes[tree + 32..tree + 40].copy_from_slice(&(tree as u64).to_le_bytes());
    assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Damaged(_))));
}

/// The second of a tensor's chunks gets the indices of the first. The values of the second were
/// zero, though the number of values was right.
#[test]
fn chunks_at_one_place_are_refused() {
    let mut bytes = file("vgg16_packed.h5");
    // The keys: length and filters, four indices and one of the value's bytes, then the address.
    let key = 8 + 5 * 8;
    let tree = places(&bytes, b"TREE\x01").into_iter().find(|tree| {
        let two = bytes[tree + 5] == 0 && bytes[tree + 6] >= 2;
        let first = &bytes[tree + 24 + 8..tree + 24 + key];
        two && first.iter().all(|byte| *byte == 0) && bytes[tree + 24 + key + 8 + 8..].len() > key
    });
    let first = tree.expect("a kernel has several chunks") + 24 + 8;
    let second = first + key + 8;
    assert_ne!(bytes[first..first + 32], bytes[second..second + 32]);
    bytes.copy_within(first..first + 32, second);
    let error = WeightFile::open(&bytes).err().unwrap().to_string();
    assert!(error.contains("two chunks are the same part of a tensor"), "{error}");
}

#[test]
fn a_filter_that_is_repeated_is_refused() {
    let bytes = std::fs::read(
        PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../fuzz/corpus/hdf5/compressed.h5"),
    );
    let mut bytes = bytes.unwrap();
    // Version 1 of the message: the numbers of the filters, and their names.
    let places = [places(&bytes, b"shuffle\0"), places(&bytes, b"deflate\0")].concat();
    assert_eq!(places.len(), 2);
    for place in places {
        bytes[place - 8] = 1;
    }
    let error = WeightFile::open(&bytes).err().unwrap().to_string();
    assert!(error.contains("applies a filter twice"), "{error}");
}

#[test]
fn a_wrong_checksum_is_refused() {
    let path = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../fuzz/corpus/hdf5/compressed.h5");
    let mut bytes = std::fs::read(path).unwrap();
    let sound = bytes.clone();
    // A chunk ends with the checksum; the first chunk's is after its compressed values.
    let tree = places(&bytes, b"TREE\x01")[0];
    let len = usize::from(bytes[tree + 24]);
    let address = usize::from(u16::from_le_bytes([bytes[tree + 24 + 32], bytes[tree + 24 + 33]]));
    bytes[address + len - 1] ^= 1;
    let read = |bytes: &Vec<u8>| {
        WeightFile::open(bytes).unwrap().read(&TensorMapping::identity("dense/0"), &[2, 3]).map_err(|e| e.to_string())
    };
    assert_eq!(read(&sound).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(read(&bytes).unwrap_err().contains("a wrong checksum"));
}

fn safetensors(header: &str, values: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), values].concat()
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    for value in [f32::NAN, f32::INFINITY] {
        let bytes = safetensors(header, &[[0; 4], value.to_le_bytes()].concat());
        let read = WeightFile::open(&bytes).unwrap().read(&TensorMapping::identity("a"), &[2]);
        assert!(matches!(read, Err(WeightsError::NotFinite(name)) if name == "a"));
    }
}

#[test]
fn tensors_that_overlap_are_refused() {
    for (header, values) in [
        (
            r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            12,
        ),
        // Ends that lie beyond what a number holds.
        (r#"{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}}"#, 0),
    ] {
        let bytes = safetensors(header, &vec![0; values]);
        assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Damaged(_))), "{header}");
    }
}

#[test]
fn names_from_a_file_are_shortened_and_escaped() {
    let name = format!("\\u001b[31m{}", "x".repeat(3_000_000));
    let header = format!(r#"{{"{name}":{{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}}}"#);
    let (read, refused) = read::read_all(&safetensors(&header, &[0; 8])).unwrap();
    assert_eq!(read, 0);
    assert!(refused[0].starts_with("The tensor “\\u{1b}[31mxxxx") && refused[0].contains("x…” holds"), "{refused:?}");
    check("names", &refused[0]);
}

#[test]
fn a_compressed_archive_is_refused() {
    // The method of every entry in the directory.
    for name in ["vgg16.keras", "vgg16_torchvision.pth"] {
        let mut bytes = file(name);
        for entry in places(&bytes, b"PK\x01\x02") {
            bytes[entry + 10] = 8;
        }
        assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Unsupported(_))), "{name}");
    }
}

#[test]
fn a_pickle_that_asks_for_code_is_refused() {
    let mut bytes = file("vgg16_torchvision.pth");
    let name = b"ccollections\nOrderedDict\n";
    let place = places(&bytes, name)[0];
    bytes[place..place + name.len()].copy_from_slice(b"cposix\nsystem\nN0N0N0N0N0N");
    let error = WeightFile::open(&bytes).err().unwrap();
    assert!(matches!(&error, WeightsError::Code(name) if name == "posix.system"), "{error}");
}

#[test]
fn what_is_no_weight_file_is_refused() {
    for bytes in [&b""[..], b"PK\x05\x06", b"a text", b"\x89PNG\r\n\x1a\n0000000000"] {
        assert!(matches!(WeightFile::open(&bytes.to_vec()), Err(WeightsError::Unknown)), "{bytes:?}");
    }
    let mut huge = (1u64 << 60).to_le_bytes().to_vec();
    huge.extend(b"{\"a\":0}");
    assert!(matches!(WeightFile::open(&huge), Err(WeightsError::Damaged(_))));
}
