use super::*;

/// A file of format version 1 or 2 whose header claims to be as long as it is, or `length` bytes.
fn file(version: u8, header: &str, length: Option<u32>, data: &[u8]) -> Vec<u8> {
    let length = length.unwrap_or(u32::try_from(header.len()).unwrap()).to_le_bytes();
    let length = if version == 1 { &length[..2] } else { &length[..] };
    [b"\x93NUMPY", &[version, 0][..], length, header.as_bytes(), data].concat()
}

fn header(kind: &str, order: &str, shape: &str) -> String {
    format!("{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}\n")
}

fn refusal(bytes: Vec<u8>) -> String {
    read(&bytes, 1 << 20).unwrap_err().to_string()
}

/// The values of the goldens: −3, −2.5, … in C order, which every signed format but integers has.
fn expected(kind: NpyKind) -> Vec<f32> {
    let values = (0..24u8).map(|i| f32::from(i) / 2.0 - 3.0);
    match kind {
        NpyKind::F16 | NpyKind::F32 | NpyKind::F64 => values.collect(),
        NpyKind::I16 | NpyKind::I32 => values.map(|value| 2.0 * value).collect(),
        NpyKind::U8 => values.map(|value| 2.0 * value + 6.0).collect(),
    }
}

#[test]
fn every_file_of_numpy_is_read() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let mut read_files = 0;
    for entry in std::fs::read_dir(format!("{here}/goldens/npy")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "npy") {
            continue;
        }
        let array = read(&std::fs::read(&path).unwrap(), 1 << 10).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let name = path.file_stem().unwrap().to_str().unwrap();
        let kind = match name.split('_').next().unwrap() {
            "float16" => NpyKind::F16,
            "float32" => NpyKind::F32,
            "float64" => NpyKind::F64,
            "uint8" => NpyKind::U8,
            "int16" => NpyKind::I16,
            "int32" => NpyKind::I32,
            other => panic!("{other}"),
        };
        assert_eq!(array.kind, kind, "{name}");
        let (shape, values) = match name {
            "float32_scalar" => (vec![], vec![2.5]),
            "float32_vector" => (vec![3], vec![1.0, 2.0, 3.0]),
            "float32_empty" => (vec![2, 0], vec![]),
            _ => (vec![2, 3, 4], expected(kind)),
        };
        assert_eq!((array.shape, array.values), (shape, values), "{name}");
        read_files += 1;
    }
    assert_eq!(read_files, 29, "the files of goldens/npy/make.py");
}

#[test]
fn a_header_is_untrusted() {
    let plain = |shape: &str| header("'<f4'", "False", shape);
    let huge = format!("({0}, {0}, 3, 4)", usize::MAX);
    // A recursive parser would need time or stack for these.
    let nested = header(&format!("{}{}", "[".repeat(400), "]".repeat(400)), "False", "(1, 2, 1, 2)");
    for (bytes, expected) in [
        (file(2, &plain("(1, 2, 1, 2)"), Some(u32::MAX), &[]), "claims 4294967295 bytes, where 1024"),
        (file(1, &plain("(1, 2, 1, 2)"), Some(500), &[]), "claims 500 bytes"),
        (file(1, &plain(&huge), None, &[]), "has more than 1048576 values. Choose a smaller one"),
        (file(1, &header("'|u1'", "False", "(1048577,)"), None, &[]), "has more than 1048576 values"),
        (file(1, &plain("(1, 2, 1, 99999999999999999999)"), None, &[]), "describes something else"),
        (file(1, &plain("(1, -2, 1, 2)"), None, &[]), "describes something else"),
        (file(1, &plain("(4)"), None, &[0; 16]), "describes something else"),
        (file(1, &plain("(4 4)"), None, &[0; 64]), "describes something else"),
        (file(1, &plain(&format!("({})", "1,".repeat(65))), None, &[0; 4]), "describes something else"),
        (file(1, &nested, None, &[]), "expected a plain array of numbers"),
        (file(1, &header("[('a', '<f4')]", "False", "(4,)"), None, &[0; 16]), "describes something else"),
        (file(1, "{'descr': '<f4', 'shape': (4,), }", None, &[0; 16]), "describes something else"),
        (file(1, &plain("(4,), 'shape': (4,)"), None, &[0; 16]), "describes something else"),
        (file(1, &(plain("(4,)") + "x"), None, &[0; 16]), "describes something else"),
        (file(1, &plain("(4,), 'a\x1b[2J': 1"), None, &[0; 16]), "a\\u{1b}[2J"),
        (file(1, &header("'|O'", "False", "(1, 2, 1, 2)"), None, &[0; 16]), "but they are |O. Convert"),
        (file(1, &header("'<i8'", "False", "(1, 2, 1, 2)"), None, &[0; 16]), "but they are <i8"),
        (file(1, &header("'|f4'", "False", "(1, 2, 1, 2)"), None, &[0; 16]), "but they are |f4"),
        (file(1, &plain("(1, 2, 1, 2)"), None, &[0; 15]), "expected 16 bytes of values, but there are 15"),
        (file(1, &plain("(1, 2, 1, 2)"), None, &[0; 17]), "but there are 17"),
        (file(9, &plain("(1, 2, 1, 2)"), None, &[]), "version 1, 2 or 3"),
        (b"\x93NUMPY\x01".to_vec(), "or the file ends"),
        (b"PK\x03\x04".to_vec(), "an archive (.npz)"),
        (Vec::new(), "does not begin as one"),
    ] {
        let message = refusal(bytes);
        assert!(message.contains(expected), "{message}");
        assert!(message.starts_with("The NumPy array cannot be read: ") && message.len() < 400, "{message}");
    }
}

#[test]
fn what_is_infinite_in_single_precision_is_refused() {
    let data: Vec<u8> = [1.0, 1e300, 0.0, f64::NAN].iter().flat_map(|value| value.to_le_bytes()).collect();
    let message = refusal(file(1, &header("'<f8'", "False", "(1, 2, 1, 2)"), None, &data));
    assert!(message.contains("2 of its 4 values are NaN, infinite, or beyond single precision"), "{message}");
}

#[test]
fn versions_and_spellings_of_a_header_are_read() {
    for text in [
        header("'<f4'", "False", "(1, 2)"),
        header("'<f4'", "False", "(1L, 2L)"),
        r#"{"shape":(1,2,),"fortran_order":False,"descr":"<f4"}"#.to_owned(),
    ] {
        for version in [1, 2, 3] {
            let array = read(&file(version, &text, None, &[0, 0, 128, 63, 0, 0, 0, 64]), 8).unwrap();
            assert_eq!((array.shape, array.values), (vec![1, 2], vec![1.0, 2.0]), "{text}");
        }
    }
}

/// More than a block is read at a time.
#[test]
fn large_arrays_are_read() {
    let (rows, columns) = (3, 200_000);
    let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let array = |order| read(&file(1, &header("'<f4'", order, "(3, 200000)"), None, &data), 1 << 30).unwrap();
    assert_eq!(array("False").values, values);
    let fortran = array("True").values;
    assert!((0..rows).all(|r| (0..columns).all(|c| fortran[r * columns + c] == (c * rows + r) as f32)));
}
