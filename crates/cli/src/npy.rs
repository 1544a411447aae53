//! NumPy's files: a tensor in, values out.
//!
//! A file may come from anywhere, so its header is not believed. The parser takes as much memory as the header says
//! it is long, and time that grows exponentially with its nested brackets: what no plain array has is refused first.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use npyz::WriterBuilder;

/// The longest header that is read, in bytes: NumPy's own for four dimensions takes 128.
const MAX_HEADER: usize = 1024;

/// Reads a tensor of this shape, in single or double precision.
///
/// # Errors
/// For a file that is no .npy, is not as long as it claims, has another shape, or holds NaN or infinity.
pub fn read(path: &Path, shape: [u64; 4], device: &Device) -> Result<Tensor<4>> {
    let here = || path.display().to_string();
    let most = shape.iter().product::<u64>() * size_of::<f64>() as u64 + 2 * MAX_HEADER as u64;
    let length = fs::metadata(path).with_context(|| format!("reading {}", path.display()))?.len();
    ensure!(length <= most, "{}: an array of the shape {shape:?} takes at most {most} bytes, not {length}", here());
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let values = parse(&bytes, shape).with_context(here)?;
    Ok(Tensor::from_data(TensorData::new(values, shape.map(|size| size as usize)), device))
}

fn parse(bytes: &[u8], shape: [u64; 4]) -> Result<Vec<f32>> {
    let (header, data) = split(bytes)?;
    let found = shape_in(header)?;
    ensure!(found == shape, "expected an array of the shape {shape:?}, but it is {found:?}");
    let file = npyz::NpyFile::new(bytes).context("its header cannot be read")?;
    ensure!(
        file.order() == npyz::Order::C,
        "expected an array in C order, but it is in Fortran's. Save numpy.ascontiguousarray(array)"
    );
    let kind = file.dtype().descr().trim_matches('\'').to_owned();
    let size = match kind.as_str() {
        "<f4" => 4,
        "<f8" => 8,
        other => return Err(anyhow!("expected float32 or float64 values (<f4, <f8), but they are {other}")),
    };
    let expected = size * shape.iter().product::<u64>() as usize;
    ensure!(
        data.len() == expected,
        "expected {expected} bytes of values, but there are {}. Save or copy the file again",
        data.len()
    );
    let values: Vec<f32> = match size {
        4 => file.into_vec::<f32>()?,
        _ => file.into_vec::<f64>()?.into_iter().map(|value| value as f32).collect(),
    };
    let strange = values.iter().filter(|value| !value.is_finite()).count();
    ensure!(
        strange == 0,
        "{strange} of its {} values are NaN or infinite; an explanation of them would mean nothing. Look at how \
         the tensor was made",
        values.len()
    );
    Ok(values)
}

/// The header's text, and the values' bytes after it.
fn split(bytes: &[u8]) -> Result<(&str, &[u8])> {
    let none = || anyhow!("expected a NumPy file (.npy), but it does not begin as one");
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(none)?;
    let (length, rest) = match rest {
        [1, 0, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
        [2 | 3, 0, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        _ => bail!("expected version 1, 2 or 3 of NumPy’s format, but it is another, or the file ends"),
    };
    ensure!(
        length <= MAX_HEADER.min(rest.len()),
        "its header claims {length} bytes, where {MAX_HEADER} are the most that is read and {} are there",
        rest.len()
    );
    let (header, data) = rest.split_at(length);
    Ok((str::from_utf8(header).context("its header is not text")?, data))
}

/// The shape that a header states, if it is that of a plain array of numbers.
fn shape_in(header: &str) -> Result<Vec<u64>> {
    let count = |character| header.matches(character).count();
    ensure!(
        [count('('), count(')'), count('{'), count('['), count(']')] == [1, 1, 1, 0, 0],
        "expected a plain array of numbers, but its header describes something else: {}",
        header.chars().take(200).collect::<String>().trim_end()
    );
    let inside = header.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inside, _)| inside);
    let sides = inside.split(',').map(str::trim).filter(|side| !side.is_empty());
    sides.map(|side| side.parse().with_context(|| format!("“{side}” in its shape is no size"))).collect()
}

/// Writes values in single precision.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, values: &[f32], shape: [usize; 4]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
    let shape = shape.map(|size| size as u64);
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(BufWriter::new(file)).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish().with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of format version 1 or 2 whose header claims to be as long as it is, or `length` bytes.
    fn file(version: u8, header: &str, length: Option<u32>, data: &[u8]) -> Vec<u8> {
        let length = length.unwrap_or(header.len() as u32).to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        [b"\x93NUMPY", &[version, 0][..], length, header.as_bytes(), data].concat()
    }

    fn header(kind: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}\n")
    }

    fn refusal(bytes: &[u8]) -> String {
        format!("{:#}", parse(bytes, [1, 2, 1, 2]).unwrap_err())
    }

    #[test]
    fn both_precisions_are_read() {
        let single: Vec<u8> = [1f32, -2.0, 3.0, 0.5].iter().flat_map(|value| value.to_le_bytes()).collect();
        let double: Vec<u8> = [1f64, -2.0, 3.0, 0.5].iter().flat_map(|value| value.to_le_bytes()).collect();
        for (kind, data) in [("'<f4'", single), ("'<f8'", double)] {
            for version in [1, 2] {
                let bytes = file(version, &header(kind, "False", "(1, 2, 1, 2)"), None, &data);
                assert_eq!(parse(&bytes, [1, 2, 1, 2]).unwrap(), [1.0, -2.0, 3.0, 0.5]);
            }
        }
    }

    #[test]
    fn a_header_is_not_believed() {
        let plain = |shape| header("'<f4'", "False", shape);
        let huge = format!("({0}, {0}, 3, 4)", u64::MAX);
        // To parse twenty-four brackets takes more than 20 s, and each further one about two thirds more.
        let nested = header(&format!("{}{}", "[".repeat(24), "]".repeat(24)), "False", "(1, 2, 1, 2)");
        for (bytes, expected) in [
            (file(2, &plain("(1, 2, 1, 2)"), Some(u32::MAX), &[]), "claims 4294967295 bytes, where 1024"),
            (file(1, &plain("(1, 2, 1, 2)"), Some(500), &[]), "claims 500 bytes"),
            (file(1, &plain(&huge), None, &[]), "but it is [18446744073709551615, 1844"),
            (file(1, &plain("(1, 2, 1, 99999999999999999999)"), None, &[]), "“99999999999999999999” in its shape"),
            (file(1, &plain("(1, -2, 1, 2)"), None, &[]), "“-2” in its shape is no size"),
            (file(1, &nested, None, &[]), "expected a plain array of numbers"),
            (file(1, &header("'<f4'", "True", "(1, 2, 1, 2)"), None, &[0; 16]), "Fortran"),
            (file(1, &header("'>f4'", "False", "(1, 2, 1, 2)"), None, &[0; 16]), "but they are >f4"),
            (file(1, &header("'|O'", "False", "(1, 2, 1, 2)"), None, &[0; 16]), "but they are |O"),
            (file(1, &plain("(1, 2, 1, 2)"), None, &[0; 15]), "expected 16 bytes of values, but there are 15"),
            (file(1, &plain("(1, 2, 1, 2)"), None, &[0; 17]), "but there are 17"),
            (file(9, &plain("(1, 2, 1, 2)"), None, &[]), "version 1, 2 or 3"),
            (b"\x93NUMPY\x01".to_vec(), "or the file ends"),
            (b"PK\x03\x04".to_vec(), "does not begin as one"),
            (Vec::new(), "does not begin as one"),
        ] {
            let message = refusal(&bytes);
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn what_is_infinite_in_single_precision_is_refused() {
        let data: Vec<u8> = [1.0, 1e300, 0.0, 0.0f64].iter().flat_map(|value| value.to_le_bytes()).collect();
        let message = refusal(&file(1, &header("'<f8'", "False", "(1, 2, 1, 2)"), None, &data));
        assert!(message.contains("1 of its 4 values are NaN or infinite"), "{message}");
    }
}
