//! Where Keras keeps a layer's weights in an HDF5 file.
//!
//! Both ways number a layer's weights; so do the names here: `block1_conv1/0` is the kernel and `/1` the bias.

use std::collections::BTreeMap;

use crate::hdf5::{Object, Reader};
use crate::tensor::Tensor;
use crate::{Result, WeightsError};

/// Layers, or weights of a layer, are no more than this.
const MOST: usize = 4096;

/// Every tensor of a file by its layer and number.
pub(crate) fn open(reader: &Reader<'_>) -> Result<BTreeMap<String, Tensor>> {
    let root = reader.root();
    // `layers` since Keras 3; the other name was that of the first files of that kind.
    for name in ["layers", "_layer_checkpoint_dependencies"] {
        if let Some(group) = reader.find(root, name)? {
            return open_numbered(reader, group);
        }
    }
    // `model.save` keeps the weights beside the model, `model.save_weights` at the root.
    let group = reader.find(root, "model_weights")?.unwrap_or(root);
    open_named(reader, group)
}

/// Keras 1 and 2: groups named like the layers, each with a list of its tensors' paths, whose order counts.
fn open_named(reader: &Reader<'_>, group: Object) -> Result<BTreeMap<String, Tensor>> {
    let layers = listed(reader, group, "layer_names")?;
    if layers.len() > MOST {
        return Err(WeightsError::damaged("there are more layers than a network has"));
    }
    if layers.is_empty() {
        return Err(WeightsError::unsupported("an HDF5 file that is not Keras's"));
    }
    let groups: BTreeMap<String, Object> = reader.links(group)?.into_iter().collect();
    let fresh = renumbered(&layers);
    let mut tensors = BTreeMap::new();
    for layer in &layers {
        let group = *groups.get(layer).ok_or_else(|| WeightsError::Missing(layer.clone()))?;
        let layer = fresh.get(layer.as_str()).unwrap_or(layer);
        for (number, path) in listed(reader, group, "weight_names")?.iter().enumerate() {
            let object = reader.find(group, path)?.ok_or_else(|| WeightsError::Missing(path.clone()))?;
            tensors.insert(format!("{layer}/{number}"), reader.tensor(object)?);
        }
    }
    Ok(tensors)
}

/// A list of names in an attribute, which Keras splits into numbered ones if it is long.
fn listed(reader: &Reader<'_>, object: Object, name: &str) -> Result<Vec<String>> {
    if let Some(names) = reader.texts(object, name)? {
        return Ok(names);
    }
    let mut names = Vec::new();
    for part in 0.. {
        match reader.texts(object, &format!("{name}{part}"))? {
            Some(some) if names.len() + some.len() <= MOST => names.extend(some),
            Some(_) => return Err(WeightsError::damaged("there are more layers than a network has")),
            None => break,
        }
    }
    Ok(names)
}

/// The names that unnamed layers would have in a fresh session: Keras counts them through a whole one, and from 1
/// before 2019.
fn renumbered(layers: &[String]) -> BTreeMap<&str, String> {
    let mut fresh = BTreeMap::new();
    for base in ["conv2d", "batch_normalization"] {
        let number = |layer: &str| match layer.strip_prefix(base)? {
            "" => Some(0),
            rest => rest.strip_prefix('_')?.parse::<u32>().ok(),
        };
        let mut numbers: Vec<_> = layers.iter().filter_map(|layer| Some((number(layer)?, layer.as_str()))).collect();
        numbers.sort_unstable();
        for (index, (_, layer)) in numbers.into_iter().enumerate() {
            fresh.insert(layer, if index == 0 { base.to_owned() } else { format!("{base}_{index}") });
        }
    }
    fresh
}

/// Keras 3: `layers/separable_conv2d_3/vars/0`, where layers of a class are counted in the network's order.
fn open_numbered(reader: &Reader<'_>, group: Object) -> Result<BTreeMap<String, Tensor>> {
    let mut tensors = BTreeMap::new();
    for (layer, object) in reader.links(group)?.into_iter().take(MOST) {
        let Some(vars) = reader.find(object, "vars")? else { continue };
        for (number, object) in reader.links(vars)?.into_iter().take(MOST) {
            tensors.insert(format!("{layer}/{number}"), reader.tensor(object)?);
        }
    }
    Ok(tensors)
}
