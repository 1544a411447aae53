use negah_network::{Channel, CropMode, Preprocessing};

use super::*;
use crate::{Picture, decode};

fn network(size: (u32, u32), crop: CropMode) -> Preprocessing {
    Preprocessing { size, crop, channels: Channel::rgb([127.0; 3], [128.0; 3]).to_vec() }
}

/// The input of the goldens, as `goldens/resize/make.py` makes it.
fn pattern(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let level = (x / 3 * 73 + y / 2 * 151 + c * 89 + x * y % 41 * 6) % 512;
                pixels.push(level.saturating_sub(128).min(255) as u8);
            }
        }
    }
    pixels
}

/// The bytes of a .npy file of bytes.
fn golden(file: &[u8]) -> &[u8] {
    assert!(file.starts_with(b"\x93NUMPY\x01\0"), "a version 1 .npy file");
    let header = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    assert!(file[..header].windows(3).any(|part| part == b"|u1"), "an array of bytes");
    &file[header..]
}

/// All of a picture of this width and height.
fn all(size: (u32, u32)) -> Crop {
    Crop { x: 0, y: 0, width: size.0, height: size.1 }
}

/// No tolerance: every level is Pillow's.
fn assert_same(name: &str, ours: &[u8], pillow: &[u8]) {
    assert_eq!(ours.len(), pillow.len(), "{name}: number of levels");
    let differences: Vec<_> = (0..ours.len()).filter(|&i| ours[i] != pillow[i]).collect();
    assert!(
        differences.is_empty(),
        "{name}: {} of {} levels differ, the first at {}: {} here, {} from Pillow. If the golden is to change, \
         run `python crates/picture/goldens/resize/make.py`.",
        differences.len(),
        ours.len(),
        differences[0],
        ours[differences[0]],
        pillow[differences[0]],
    );
}

macro_rules! case {
    ($name:ident, $size:expr, $frame:expr, $to:expr) => {
        #[test]
        fn $name() {
            let (size, frame) = ($size, $frame);
            let file = include_bytes!(concat!("../../goldens/resize/", stringify!($name), ".npy"));
            let frame = Crop { x: frame.0, y: frame.1, width: frame.2, height: frame.3 };
            let ours = resample(&pattern(size.0, size.1), size, frame, $to, all($to), Filter::Bicubic);
            assert_same(stringify!($name), &ours, golden(file));
        }
    };
}

case!(down, (61, 47), (0, 0, 61, 47), (24, 24));
case!(down_much, (640, 427), (0, 0, 640, 427), (48, 40));
case!(up, (19, 13), (0, 0, 19, 13), (32, 45));
case!(down_and_up, (100, 9), (0, 0, 100, 9), (30, 31));
case!(narrow, (8, 300), (0, 0, 8, 300), (16, 16));
case!(same, (24, 20), (0, 0, 24, 20), (24, 20));
case!(odd_box, (61, 47), (7, 0, 47, 47), (24, 24));
case!(odd_box_tall, (40, 83), (0, 21, 40, 40), (28, 28));
case!(box_up, (33, 30), (10, 11, 11, 11), (40, 40));
case!(box_same, (50, 40), (5, 0, 40, 40), (40, 40));
case!(photograph, (451, 300), (75, 0, 300, 300), (96, 96));

/// What torchvision's `Resize(256)` and `CenterCrop(224)`, or others of that ratio, give.
macro_rules! torchvision {
    ($name:ident, $size:expr, $input:expr) => {
        #[test]
        fn $name() {
            let (width, height) = $size;
            let file = include_bytes!(concat!("../../goldens/resize/", stringify!($name), ".npy"));
            let picture = Picture::from_rgb(width, height, pattern(width, height));
            let view = picture.view(&network($input, CropMode::Torchvision));
            assert_same(stringify!($name), view.pixels(), golden(file));
        }
    };
}

torchvision!(torchvision_wide, (640, 427), (84, 84));
torchvision!(torchvision_tall, (100, 333), (84, 84));
torchvision!(torchvision_square, (97, 97), (56, 56));
torchvision!(torchvision_up, (40, 31), (56, 56));
torchvision!(torchvision_same, (96, 131), (84, 84));
torchvision!(torchvision_oblong, (300, 200), (56, 84));

/// Decoding, cropping and resizing together, on two photographs of the gallery.
#[test]
fn photographs() {
    let centre = network((224, 224), CropMode::CentreCrop);
    let torchvision = network((224, 224), CropMode::Torchvision);
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder of the crate it tests");
    let samples = format!("{here}/../../www/samples/");
    for (name, network, file) in [
        ("chelsea", &centre, &include_bytes!("../../goldens/resize/chelsea_green.npy")[..]),
        ("coffee", &centre, &include_bytes!("../../goldens/resize/coffee_green.npy")[..]),
        ("chelsea", &torchvision, &include_bytes!("../../goldens/resize/chelsea_green_torchvision.npy")[..]),
    ] {
        let bytes = std::fs::read(format!("{samples}{name}.png")).expect("the gallery has the photograph");
        let view = decode(&bytes).unwrap().view(network);
        let green: Vec<_> = view.pixels().iter().skip(1).step_by(3).copied().collect();
        assert_same(name, &green, golden(file));
    }
}

#[test]
fn an_even_picture_stays_even() {
    for to in [(8, 8), (100, 30), (9, 31)] {
        let picture = Picture::from_rgb(40, 30, [255, 128, 1].repeat(40 * 30));
        let resized = picture.resized(picture.whole(), to);
        assert_eq!(resized, Picture::from_rgb(to.0, to.1, [255, 128, 1].repeat((to.0 * to.1) as usize)));
    }
}
