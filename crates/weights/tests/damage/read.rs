use negah_weights::{TensorMapping, WeightFile, WeightsError};

/// Opens a file and reads each of its tensors in its own shape. Returns how many can be read, and
/// the sentences of those that cannot.
pub fn read_all(bytes: &[u8]) -> Result<(usize, Vec<String>), WeightsError> {
    let mut file = WeightFile::open(&bytes)?;
    let tensors: Vec<_> = file.tensors().iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
    let (mut read, mut refused) = (0, Vec::new());
    for (name, shape) in tensors {
        match file.read(&TensorMapping::identity(&name), &shape) {
            Ok(values) => {
                assert_eq!(values.len(), shape.iter().product::<usize>());
                assert!(values.iter().all(|value| value.is_finite()));
                read += 1;
            }
            Err(error) => refused.push(error.to_string()),
        }
    }
    Ok((read, refused))
}
