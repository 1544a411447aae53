//! NumPy's files: a tensor in, values out.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use npyz::WriterBuilder;

/// Reads a tensor of this shape, in single or double precision.
///
/// # Errors
/// For a file that is no .npy, is shorter than it claims, has another shape, or holds NaN or infinity.
pub fn read(path: &Path, shape: [u64; 4], device: &Device) -> Result<Tensor<4>> {
    let here = || path.display().to_string();
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let file = npyz::NpyFile::new(&bytes[..]).with_context(here)?;
    ensure!(
        file.shape() == shape && file.order() == npyz::Order::C,
        "{}: expected an array of the shape {shape:?} in C order, but it is {:?}",
        here(),
        file.shape()
    );
    // The shape is the network's, so what its size asks for is known to be small.
    let kind = file.dtype().descr().trim_matches('\'').to_owned();
    let values: Vec<f32> = match kind.as_str() {
        "<f4" => file.into_vec::<f32>().with_context(here)?,
        "<f8" => file.into_vec::<f64>().with_context(here)?.into_iter().map(|value| value as f32).collect(),
        other => return Err(anyhow!("{}: expected float32 or float64 values, but they are {other}", here())),
    };
    let strange = values.iter().filter(|value| !value.is_finite()).count();
    ensure!(
        strange == 0,
        "{}: {strange} of its {} values are NaN or infinite; an explanation of them would mean nothing. Look at how \
         the tensor was made",
        here(),
        values.len()
    );
    Ok(Tensor::from_data(TensorData::new(values, shape.map(|size| size as usize)), device))
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
