//! Broken and hostile files end in an error, soon.

use std::io;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use negah_network::Model;
use negah_weights::{Cached, Source, WeightFile, WeightsError};

use super::{VGG, XCEPTION, file};
use crate::{Architecture, Error};

fn load(bytes: &dyn Source, model: &'static Architecture) -> Result<Model, Error> {
    model.open(bytes)?.load(&Device::flex())
}

#[test]
fn broken_files_end_soon_and_in_words() {
    let mut seed = 88_172_645_463_325_252_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    let tries = std::env::var("TRIES").map_or(50, |tries| tries.parse().unwrap());
    for (name, model) in [
        ("vgg16.keras", &VGG),
        ("vgg16_packed.h5", &VGG),
        ("vgg16_newer.h5", &VGG),
        ("vgg16_whole.h5", &VGG),
        ("vgg16_torchvision.pth", &VGG),
        ("vgg16_torchvision_stream.pth", &VGG),
        ("vgg16_timm_f16.safetensors", &VGG),
        ("xception_timm.pth", &XCEPTION),
        ("xception.weights.h5", &XCEPTION),
        ("xception_weights_tf_dim_ordering_tf_kernels.h5", &XCEPTION),
    ] {
        let sound = file(name);
        let (mut good, mut worst) = (0, Duration::ZERO);
        for number in 0..tries {
            let mut bytes = sound.clone();
            if number % 4 == 0 {
                bytes.truncate(random(sound.len()));
            } else {
                // Structure lies at the beginning or, in archives, at the end.
                let (start, len) = match number % 4 {
                    1 => (0, 8192),
                    2 => (sound.len() - 8192, 8192),
                    _ => (0, sound.len()),
                };
                for _ in 0..=random(8) {
                    let place = start + random(len);
                    bytes[place] = match random(3) {
                        0 => bytes[place] ^ (1 << random(8)),
                        1 => 0xff,
                        _ => u8::try_from(random(256)).unwrap(),
                    };
                }
            }
            let begun = Instant::now();
            good += u32::from(load(&bytes, model).is_ok());
            worst = worst.max(begun.elapsed());
        }
        println!("{name}: {good} of {tries} read, the slowest in {worst:?}");
        assert!(worst < Duration::from_secs(5), "{name}: {worst:?}");
    }
}

/// Counts what is asked of it.
struct Counted<'a>(&'a [u8], std::cell::Cell<usize>, std::cell::Cell<usize>);

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
    for name in [
        "vgg16.keras",
        "vgg16_whole.h5",
        "vgg16_torchvision.pth",
        "vgg16_torchvision_stream.pth",
        "vgg16_timm_f16.safetensors",
        "xception_timm.pth",
        "xception.weights.h5",
        "xception_weights_tf_dim_ordering_tf_kernels.h5",
    ] {
        let bytes = file(name);
        let counted = Counted(&bytes, std::cell::Cell::default(), std::cell::Cell::default());
        WeightFile::open(&Cached::new(&counted)).unwrap();
        let (calls, read) = (counted.1.get(), counted.2.get());
        println!("{name}: {calls} calls, {read} bytes");
        assert!(calls < 100 && read < 1 << 20, "{name}: {calls} calls, {read} bytes");
    }
}

#[test]
fn a_group_within_itself_ends() {
    // Every address in the second half of the symbol tables points to the root.
    let mut bytes = file("vgg16_whole.h5");
    let root = bytes[64..72].to_vec();
    let tables: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"SNOD").map(|(i, _)| i).collect();
    for table in tables {
        for entry in 0..usize::from(bytes[table + 6]) {
            let place = table + 8 + 40 * entry + 8;
            bytes[place..place + 8].copy_from_slice(&root);
        }
    }
    assert!(WeightFile::open(&bytes).is_err());
    // A tree whose only child is itself.
    let mut bytes = file("vgg16_whole.h5");
    let tree = bytes.windows(4).position(|w| w == b"TREE").unwrap();
    bytes[tree + 32..tree + 40].copy_from_slice(&(tree as u64).to_le_bytes());
    assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Damaged(_))));
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    let mut bytes = file("vgg16_timm_f32.safetensors");
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(matches!(load(&bytes, &VGG), Err(Error::Weights(WeightsError::NotFinite(_)))));
}

#[test]
fn tensors_that_overlap_are_refused() {
    let header = br#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend([0; 12]);
    assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Damaged(_))));
    // Ends that lie beyond what a number holds.
    let header = br#"{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Damaged(_))));
}

#[test]
fn a_compressed_archive_is_refused() {
    // The method of every entry in the directory.
    for name in ["vgg16.keras", "vgg16_torchvision.pth"] {
        let mut bytes = file(name);
        let entries: Vec<usize> =
            bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02").map(|(i, _)| i).collect();
        for entry in entries {
            bytes[entry + 10] = 8;
        }
        assert!(matches!(WeightFile::open(&bytes), Err(WeightsError::Unsupported(_))), "{name}");
    }
}

#[test]
fn a_pickle_that_asks_for_code_is_refused() {
    let mut bytes = file("vgg16_torchvision.pth");
    let name = b"ccollections\nOrderedDict\n";
    let place = bytes.windows(name.len()).position(|w| w == name).unwrap();
    bytes[place..place + name.len()].copy_from_slice(b"cposix\nsystem\nN0N0N0N0N0N");
    let error = WeightFile::open(&bytes).err().unwrap();
    assert!(matches!(&error, WeightsError::Code(name) if name == "posix.system"), "{error}");
}
