//! What is refused, and with which sentence.

use image::codecs::bmp::BmpEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::{FILES, file};
use crate::decode;

fn refusal(bytes: &[u8]) -> (&'static str, String) {
    let error = decode(bytes).expect_err("a refusal");
    (error.code(), error.to_string())
}

#[track_caller]
fn assert_refused(bytes: &[u8], code: &str, message: &str) {
    assert_eq!(refusal(bytes), (code, message.to_owned()));
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = vec![0; (width * height * 3) as usize];
    PngEncoder::new(&mut bytes).write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// A PNG that ends after its header; the checksum is the one given.
fn png_header(width: u32, height: u32, depth: u8, colour: u8, checksum: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([depth, colour, 0, 0, 0]);
    bytes.extend(checksum.to_be_bytes());
    bytes
}

/// A JPEG that ends after its frame header.
fn jpeg_header(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01");
    bytes
}

#[test]
fn an_empty_file() {
    assert_refused(
        b"",
        "empty-file",
        "Expected a picture, but the file is empty (0 bytes). It may not have been downloaded or copied completely: \
         fetch it again.",
    );
}

#[test]
fn files_that_are_no_pictures() {
    for (bytes, found) in [
        (&b"Dear diary, BM was here"[..], "text"),
        (b"BM was here, dear diary", "text"),
        (b"<!DOCTYPE html><html><body><svg></svg></body></html>", "text"),
        ("نگاه".as_bytes(), "text"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0", "data of another kind"),
        (b"\xff", "data of another kind"),
        (b"\0", "data of another kind"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive or an office document"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
    ] {
        let message = format!(
            "Expected a picture (JPEG, PNG, WebP, GIF or BMP), but this file holds {found}. Choose a picture file."
        );
        assert_refused(bytes, "not-an-image", &message);
    }
}

#[test]
fn pictures_that_are_not_read_here() {
    const SAVE: &str = "Open it in a picture editor, save it as PNG or JPEG, and choose that.";
    const EXPORT: &str = "Export the drawing or page as PNG and choose that.";
    const HEIC: &str = "Export it as JPEG and choose that (iPhones take JPEG photographs when Settings › Camera › Formats is \
                        set to Most Compatible).";
    for (bytes, found, advice) in [
        (&b"II*\0\x08\0\0\0"[..], "a TIFF picture (or a camera's raw one)", SAVE),
        (b"MM\0*\0\0\0\x08", "a TIFF picture (or a camera's raw one)", SAVE),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture", HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "a HEIC picture", HEIC),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture", SAVE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing", EXPORT),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><svg/>", "an SVG drawing", EXPORT),
        (b"%PDF-1.7\n", "a PDF document", EXPORT),
        (b"8BPS\0\x01", "a Photoshop document", SAVE),
        (b"\xff\x0a\xfa\x1f", "a JPEG XL picture", SAVE),
        (b"\0\0\x01\0\x01\0\x10\x10", "an icon", SAVE),
    ] {
        let message =
            format!("Expected JPEG, PNG, WebP, GIF or BMP, but this is {found}, which cannot be read here. {advice}");
        assert_refused(bytes, "unsupported-image", &message);
    }
}

/// The frame's marker names arithmetic coding and lossless JPEG; its first byte is the bit depth.
#[test]
fn jpegs_of_rare_kinds() {
    for (marker, bits) in [(0xc9, 8), (0xc3, 8), (0xc1, 12)] {
        let mut bytes = file("baseline.jpg").to_vec();
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 1] = marker;
        bytes[frame + 4] = bits;
        assert_refused(
            &bytes,
            "unsupported-image",
            "Expected JPEG, PNG, WebP, GIF or BMP, but this is a JPEG picture of a rare kind, which cannot be read here. \
             Open it in a picture editor, save it as an ordinary PNG or JPEG, and choose that.",
        );
    }
}

#[test]
fn pictures_that_are_too_small() {
    for (width, height) in [(1, 1), (7, 8), (8, 7), (500, 2)] {
        let message = format!(
            "Expected a picture at least 8 pixels wide and 8 pixels high, but this one is {width}×{height}. \
             Choose a larger picture."
        );
        assert_refused(&png(width, height), "image-too-small", &message);
    }
    assert!(decode(&png(8, 8)).is_ok());
}

/// The file ends after the header, so nothing was decoded.
#[test]
fn headers_that_claim_too_much() {
    let message = "Expected a picture of at most 64 megapixels, but this one is 60000×60000, 3600 megapixels. \
                   Make a smaller copy and choose that.";
    assert_refused(&png_header(60000, 60000, 8, 2, 0), "image-too-large", message);
    assert_refused(&jpeg_header(60000, 60000), "image-too-large", message);
    assert_refused(b"GIF89a\x60\xea\x60\xea\0\0\0", "image-too-large", message);

    let message = "Expected a picture of at most 64 megapixels, but this one is 8001×8000, 65 megapixels. \
                   Make a smaller copy and choose that.";
    assert_refused(&png_header(8001, 8000, 8, 2, 0), "image-too-large", message);

    let mut bmp = Vec::new();
    BmpEncoder::new(&mut bmp).encode(&[0; 8 * 8 * 3], 8, 8, ExtendedColorType::Rgb8).unwrap();
    bmp[18..26].copy_from_slice(&[0x60, 0xea, 0, 0, 0x60, 0xea, 0, 0]);
    assert_eq!(refusal(&bmp).0, "image-too-large");
}

#[test]
fn few_pixels_that_need_much_memory() {
    let mut bytes = png_header(8000, 8000, 16, 6, 0x5661_71b7);
    // An empty data chunk: the decoder looks no further before it is asked for pixels.
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    assert_refused(
        &bytes,
        "image-too-large",
        "Expected a picture that needs at most 256 MiB to decode, but this one, 8000×8000 at 64 bits a pixel, needs more. \
         Save it with 8 bits a channel, or make a smaller copy, and choose that.",
    );
}

#[test]
fn a_jpeg_cut_off_in_the_middle() {
    let bytes = file("baseline.jpg");
    assert_refused(
        &bytes[..bytes.len() / 2],
        "truncated-image",
        &format!(
            "Expected a whole JPEG picture, but its data ends early, after {} bytes. Download or copy the file again.",
            bytes.len() / 2
        ),
    );
}

/// The bytes that a cut file needs to look whole.
fn repaired(name: &str, mut bytes: Vec<u8>) -> Vec<u8> {
    match name.split_once('.').map(|(_, ending)| ending) {
        Some("jpg") => bytes.extend([0xff, 0xd9]),
        Some("gif") => {
            // The block that was cut, its end, and the trailer.
            bytes.extend([0; 255]);
            bytes.extend([0, 0x3b]);
        }
        Some("webp") => {
            let length = bytes.len() as u32;
            bytes[4..8].copy_from_slice(&(length - 8).to_le_bytes());
            if matches!(&bytes[12..16], b"VP8 " | b"VP8L") {
                bytes[16..20].copy_from_slice(&(length - 20).to_le_bytes());
            }
        }
        _ => {}
    }
    bytes
}

/// A download that was cut and then closed properly is no picture with grey in it. The scans of a
/// progressive JPEG are the exception: without the last of them it is a whole picture, less sharp.
#[test]
fn a_cut_file_with_an_end_is_refused() {
    for (name, bytes) in FILES {
        // Their lengths and checksums are not repaired here.
        if name.ends_with(".png") || name.ends_with(".bmp") || name.ends_with(".gif") {
            continue;
        }
        let whole = decode(bytes).unwrap();
        for length in 32..bytes.len() - 2 {
            let Ok(picture) = decode(&repaired(name, bytes[..length].to_vec())) else { continue };
            let between_scans = name == "progressive.jpg" && bytes[length..].starts_with(&[0xff]);
            assert!(between_scans || picture == whole, "{name} cut to {length} of {} bytes", bytes.len());
        }
    }
}

/// A third of a photograph, closed with an end-of-image marker.
#[test]
fn a_jpeg_cut_to_a_third() {
    let bytes = repaired("baseline.jpg", file("baseline.jpg")[..640].to_vec());
    let message = "Expected a whole JPEG picture, but its data ends early, after 642 bytes. Download or copy the file \
                   again.";
    assert_refused(&bytes, "truncated-image", message);
}

#[test]
fn a_jpeg_of_ninety_scans() {
    assert_refused(
        include_bytes!("../../goldens/untrusted/scans.image-too-large.jpg"),
        "image-too-large",
        "Expected a JPEG picture whose scans visit at most 32 million blocks of 8×8 pixels, but the first 33 scans of \
         this one, 8000×8000, visit more. Save it as a baseline JPEG, or make a smaller copy, and choose that.",
    );
}

#[test]
fn data_that_contradicts_itself() {
    let mut bytes = file("rgb.png").to_vec();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20].fill(0xa5);
    assert_refused(
        &bytes,
        "truncated-image",
        &format!(
            "Expected a whole PNG picture, but its data ({} bytes) is damaged or ends early. Download or copy the file again.",
            bytes.len()
        ),
    );
}

/// However much is missing, no picture is partly grey: either it is whole or it is an error. The
/// last bytes of formats other than JPEG carry no pixels.
#[test]
fn no_beginning_of_a_file_is_another_picture() {
    for (name, bytes) in FILES {
        let whole = decode(bytes).unwrap();
        for length in 0..bytes.len() {
            match decode(&bytes[..length]) {
                Ok(picture) => {
                    assert!(!name.ends_with(".jpg"), "{name} cut to {length} of {} bytes was taken", bytes.len());
                    assert!(picture == whole, "{name} cut to {length} of {} bytes is another picture", bytes.len());
                }
                Err(error) if length >= 32 => {
                    assert_eq!(error.code(), "truncated-image", "{name} cut to {length} bytes: {error}")
                }
                Err(_) => {}
            }
        }
    }
}

/// A panic in a decoder ends the browser's worker.
#[test]
fn damage_anywhere_does_not_panic() {
    for (_, bytes) in FILES {
        for at in 0..bytes.len() {
            for value in [0x00, 0xff, bytes[at] ^ 0x40, bytes[at].wrapping_add(1)] {
                let mut damaged = bytes.to_vec();
                damaged[at] = value;
                let _ = decode(&damaged);
            }
        }
    }
}
