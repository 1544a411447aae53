//! Every format, depth and orientation decodes to the same upright RGB picture.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::{FILES, file};
use crate::{Picture, decode};

/// The quarters of the picture in `goldens/decode`: red, green, blue, yellow.
const QUARTERS: [[u8; 3]; 4] = [[220, 40, 30], [40, 180, 60], [30, 60, 200], [240, 220, 40]];
const CENTRES: [(u32, u32); 4] = [(12, 8), (36, 8), (12, 24), (36, 24)];

fn pixel(picture: &Picture, (x, y): (u32, u32)) -> [u8; 3] {
    let at = ((y * picture.width() + x) * 3) as usize;
    picture.pixels()[at..at + 3].try_into().unwrap()
}

fn half_over_white(level: u8) -> u8 {
    ((u32::from(level) * 128 + 255 * 127 + 127) / 255) as u8
}

fn grey([r, g, b]: [u8; 3]) -> [u8; 3] {
    // ITU-R 601-2, as Pillow made the grey files with it.
    [((f32::from(r) * 0.299 + f32::from(g) * 0.587 + f32::from(b) * 0.114).round()) as u8; 3]
}

#[test]
fn every_format_gives_the_same_picture() {
    for (name, bytes) in FILES {
        let picture = decode(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((picture.width(), picture.height()), (48, 32), "{name}");
        for (i, (centre, mut expected)) in CENTRES.into_iter().zip(QUARTERS).enumerate() {
            if name.starts_with("grey") {
                expected = grey(expected);
            }
            let is_half_clear =
                i == 3 && ["rgba.png", "grey_alpha.png", "lossy_alpha.webp", "lossless.webp"].contains(&name);
            if is_half_clear {
                expected = expected.map(half_over_white);
            }
            // Lossy formats round twice; the others round once.
            let tolerance = match name.split_once('.') {
                Some((_, "jpg")) => 3,
                Some(("lossy" | "lossy_alpha", _)) => 6,
                _ if name.starts_with("grey") => 1,
                _ => 0,
            };
            let seen = pixel(&picture, centre);
            let off = (0..3).map(|c| seen[c].abs_diff(expected[c])).max().unwrap();
            assert!(off <= tolerance, "{name} at {centre:?}: {seen:?}, expected {expected:?} ± {tolerance}");
        }
    }
}

#[test]
fn bytes_behind_a_jpeg_do_not_matter() {
    let plain = decode(file("baseline.jpg")).unwrap();
    for tail in [&b"\0"[..], b"\xff", b"\xff\xd8\xff\xe1 a motion clip", &[0; 4096]] {
        assert_eq!(decode(&[file("baseline.jpg"), tail].concat()).unwrap(), plain);
    }
}

#[test]
fn sixteen_bits_are_rounded_to_eight() {
    for (sample, level) in
        [(0, 0), (128, 0), (129, 1), (257, 1), (32767, 127), (32768, 128), (65535, 255), (65407, 255)]
    {
        let samples: Vec<u8> = u16::to_ne_bytes(sample).repeat(64 * 3);
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes).write_image(&samples, 8, 8, ExtendedColorType::Rgb16).unwrap();
        assert_eq!(decode(&bytes).unwrap().pixels(), [level; 64 * 3], "{sample}");
    }
}

#[test]
fn transparent_pixels_are_laid_over_white() {
    for (rgba, rgb) in
        [([10, 20, 30, 0], [255, 255, 255]), ([10, 20, 30, 255], [10, 20, 30]), ([0, 100, 255, 51], [204, 224, 255])]
    {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new(&mut bytes);
        encoder.write_image(&rgba.repeat(64), 8, 8, ExtendedColorType::Rgba8).unwrap();
        assert_eq!(decode(&bytes).unwrap().pixels(), rgb.repeat(64), "{rgba:?}");

        let samples: Vec<u8> = rgba.iter().flat_map(|&level| (u16::from(level) * 257).to_ne_bytes()).collect();
        bytes.clear();
        let encoder = PngEncoder::new(&mut bytes);
        encoder.write_image(&samples.repeat(64), 8, 8, ExtendedColorType::Rgba16).unwrap();
        assert_eq!(decode(&bytes).unwrap().pixels(), rgb.repeat(64), "{rgba:?} at 16 bits");
    }
}

/// An EXIF block with nothing but an orientation.
fn exif(orientation: u8, big_endian: bool) -> Vec<u8> {
    if big_endian {
        [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]].concat()
    } else {
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0, 0]].concat()
    }
}

/// The quarters of a picture as each orientation stores it; upright they are 0 and 1 above 2 and 3.
/// The picture is 48 × 32 upright, so from 5 on it is stored as 32 × 48.
const STORED: [[usize; 4]; 8] =
    [[0, 1, 2, 3], [1, 0, 3, 2], [3, 2, 1, 0], [2, 3, 0, 1], [0, 2, 1, 3], [1, 3, 0, 2], [3, 1, 2, 0], [2, 0, 3, 1]];

#[test]
fn all_eight_orientations_come_upright() {
    for (orientation, quarters) in (1..).zip(STORED) {
        let (width, height): (u32, u32) = if orientation < 5 { (48, 32) } else { (32, 48) };
        let mut pixels = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let quarter = 2 * usize::from(y >= height / 2) + usize::from(x >= width / 2);
                pixels.extend(QUARTERS[quarters[quarter]]);
            }
        }
        for big_endian in [false, true] {
            let exif = exif(orientation, big_endian);
            let (mut jpeg, mut png, mut webp) = (Vec::new(), Vec::new(), Vec::new());
            let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
            encoder.set_exif_metadata(exif.clone()).unwrap();
            encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();
            let mut encoder = PngEncoder::new(&mut png);
            encoder.set_exif_metadata(exif.clone()).unwrap();
            encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();
            let mut encoder = WebPEncoder::new_lossless(Cursor::new(&mut webp));
            encoder.set_exif_metadata([b"Exif\0\0".as_slice(), &exif].concat()).unwrap();
            encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();

            for (name, bytes) in [("JPEG", jpeg), ("PNG", png), ("WebP", webp)] {
                let picture = decode(&bytes).unwrap();
                assert_eq!((picture.width(), picture.height()), (48, 32), "{name}, orientation {orientation}");
                for (centre, expected) in CENTRES.into_iter().zip(QUARTERS) {
                    let seen = pixel(&picture, centre);
                    let off = (0..3).map(|c| seen[c].abs_diff(expected[c])).max().unwrap();
                    assert!(
                        off <= 3,
                        "{name}, orientation {orientation}, at {centre:?}: {seen:?}, expected {expected:?}"
                    );
                }
            }
        }
    }
}

/// An offset by one pixel does not show in quarters; it shows in single pixels.
#[test]
fn orientations_are_exact_to_the_pixel() {
    let (width, height) = (9, 8);
    let pixels: Vec<u8> = (0..width * height * 3).map(|i| i as u8).collect();
    let stored = |x: u32, y: u32| {
        let at = ((y * width + x) * 3) as usize;
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    };
    for orientation in 1..=8 {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif(orientation, true)).unwrap();
        encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();
        let picture = decode(&bytes).unwrap();
        // EXIF names the sides of the upright picture where the first row and column lie.
        let upright = |row: u32, column: u32| match orientation {
            1 => (column, row),
            2 => (width - 1 - column, row),
            3 => (width - 1 - column, height - 1 - row),
            4 => (column, height - 1 - row),
            5 => (row, column),
            6 => (height - 1 - row, column),
            7 => (height - 1 - row, width - 1 - column),
            _ => (row, width - 1 - column),
        };
        for row in 0..height {
            for column in 0..width {
                let at = upright(row, column);
                assert_eq!(pixel(&picture, at), stored(column, row), "orientation {orientation}, at {at:?}");
            }
        }
    }
}

#[test]
fn an_invalid_orientation_means_upright() {
    let pixels = [7; 16 * 8 * 3];
    for exif in [exif(0, true), exif(9, false), b"II*\0".to_vec(), vec![0; 40]] {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(&pixels, 16, 8, ExtendedColorType::Rgb8).unwrap();
        assert_eq!(decode(&bytes).unwrap(), Picture::from_rgb(16, 8, pixels.to_vec()));
    }
}
