//! NumPy's files: one array as `.npy`, several as `.npz`.

use std::io::Write;

use npyz::{DType, TypeStr, WriteOptions, WriterBuilder};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::{Error, Result};

/// An array that is written.
#[derive(Debug, Clone, Copy)]
pub enum Array<'a> {
    /// Values in single precision, row by row.
    Floats {
        /// The length of each axis.
        shape: &'a [usize],
        /// As many values as the shape says.
        values: &'a [f32],
    },
    /// A list of texts, which NumPy reads without pickle.
    Texts(&'a [String]),
}

fn failed(error: impl ToString) -> Error {
    Error::Record(error.to_string())
}

/// An array as `.npy`, format version 1.0, little endian, in C order.
///
/// # Errors
/// [`Error::Record`] where the values are more or fewer than the shape says.
pub fn npy(array: Array<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match array {
        Array::Floats { shape, values } => {
            let shape: Vec<u64> = shape.iter().map(|side| *side as u64).collect();
            let mut writer =
                WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd().map_err(failed)?;
            writer.extend(values.iter().copied()).map_err(failed)?;
            writer.finish().map_err(failed)?;
        }
        Array::Texts(texts) => {
            let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
            let kind: TypeStr = format!("<U{longest}").parse().map_err(failed)?;
            let mut writer = WriteOptions::new()
                .dtype(DType::Plain(kind))
                .shape(&[texts.len() as u64])
                .writer(&mut bytes)
                .begin_nd()
                .map_err(failed)?;
            for text in texts {
                writer.push(text.as_str()).map_err(failed)?;
            }
            writer.finish().map_err(failed)?;
        }
    }
    Ok(bytes)
}

/// Several arrays as `.npz`: a ZIP archive of `.npy` files, stored without compression. The same
/// arrays give the same bytes.
///
/// # Errors
/// As [`npy`].
pub fn npz<'a>(arrays: impl IntoIterator<Item = (String, Array<'a>)>) -> Result<Vec<u8>> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, array) in arrays {
        store(&mut archive, &format!("{name}.npy"), &npy(array)?).map_err(failed)?;
    }
    archive.finish().map_err(failed)
}

/// Adds an entry without compression.
fn store(archive: &mut ZipArchiveWriter<Vec<u8>>, name: &str, bytes: &[u8]) -> std::result::Result<(), rawzip::Error> {
    let (mut entry, config) = archive.new_file(name).compression_method(CompressionMethod::STORE).start()?;
    let mut writer = config.wrap(&mut entry);
    writer.write_all(bytes)?;
    let (_, descriptor) = writer.finish()?;
    entry.finish(descriptor)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header and the values of a file of format version 1.0, as its specification lays them
    /// out.
    fn parts(bytes: &[u8]) -> (&str, &[u8]) {
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert!((10 + length).is_multiple_of(16), "the values are aligned");
        let (header, values) = bytes[10..].split_at(length);
        (std::str::from_utf8(header).unwrap(), values)
    }

    #[test]
    fn an_array_is_written_as_numpy_writes_it() {
        let bytes = npy(Array::Floats { shape: &[1, 3], values: &[1.0, -2.0, 0.5] }).unwrap();
        let (header, data) = parts(&bytes);
        for part in ["'descr': '<f4'", "'fortran_order': False", "'shape': (1, 3"] {
            assert!(header.contains(part), "{header}");
        }
        assert!(header.ends_with('\n'));
        let values: Vec<u8> = [1f32, -2.0, 0.5].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(data, values);
        assert!(npy(Array::Floats { shape: &[2, 3], values: &[1.0] }).is_err());
    }

    #[test]
    fn texts_have_four_bytes_a_character() {
        let bytes = npy(Array::Texts(&["ab".to_owned(), "گ".to_owned()])).unwrap();
        let (header, data) = parts(&bytes);
        assert!(header.contains("'descr': '<U2'") && header.contains("'shape': (2,"), "{header}");
        let characters: Vec<u8> = [0x61u32, 0x62, 0x6af, 0].iter().flat_map(|one| one.to_le_bytes()).collect();
        assert_eq!(data, characters);
        assert!(parts(&npy(Array::Texts(&[])).unwrap()).1.is_empty());
    }

    #[test]
    fn several_arrays_are_one_archive() {
        let [one, two] = [[1f32, 2.0], [3.0, 4.0]];
        let arrays = || {
            [("one", &one), ("two", &two)]
                .map(|(name, values)| (name.to_owned(), Array::Floats { shape: &[2], values }))
        };
        let bytes = npz(arrays()).unwrap();
        assert_eq!(bytes, npz(arrays()).unwrap(), "the same arrays, the same bytes");
        let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
        let archive = rawzip::ZipArchive::from_slice(&bytes).unwrap();
        let mut names = Vec::new();
        for entry in archive.entries() {
            let entry = entry.unwrap();
            names.push(String::from_utf8_lossy(entry.file_path().as_ref()).into_owned());
            let data = archive.get_entry(entry.wayfinder()).unwrap().data().to_vec();
            assert_eq!(entry.compression_method(), CompressionMethod::STORE);
            buffer.extend_from_slice(&data[data.len() - 8..]);
        }
        assert_eq!(names, ["one.npy", "two.npy"]);
    }
}
