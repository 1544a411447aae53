//! Where Keras stores the weights of a layer in an HDF5 file.
//!
//! All versions number the weights of a layer, and so do the names here: `block1_conv1/0` is the
//! kernel and `block1_conv1/1` the bias.

use std::collections::BTreeMap;

use crate::error::{Result, WeightsError};
use crate::hdf5::{Hdf5File, Object};
use crate::tensor::Tensor;

/// The most layers, and the most weights of a layer.
const MAX_MEMBERS: usize = 4096;

/// The tensors of a file by layer and number.
pub(crate) fn open(file: &Hdf5File<'_>) -> Result<BTreeMap<String, Tensor>> {
    let root = file.root();
    // `layers` since Keras 3; the first files of that format had the other name.
    for name in ["layers", "_layer_checkpoint_dependencies"] {
        if let Some(group) = file.find(root, name)? {
            return open_numbered(file, group);
        }
    }
    // `model.save` stores the weights beside the model, `model.save_weights` at the root.
    let group = file.find(root, "model_weights")?.unwrap_or(root);
    open_named(file, group)
}

/// Keras 1 and 2: a group for each layer, with an ordered list of the paths of its tensors.
fn open_named(file: &Hdf5File<'_>, group: Object) -> Result<BTreeMap<String, Tensor>> {
    let layers = listed(file, group, "layer_names")?;
    if layers.len() > MAX_MEMBERS {
        return Err(WeightsError::damaged("there are more than 4096 layers"));
    }
    if layers.is_empty() {
        return Err(WeightsError::unsupported("an HDF5 file that Keras did not write"));
    }
    let groups: BTreeMap<String, Object> = file.links(group)?.into_iter().collect();
    let fresh = renumbered(&layers);
    let mut tensors = BTreeMap::new();
    for layer in &layers {
        let group = *groups.get(layer).ok_or_else(|| WeightsError::missing(layer))?;
        let layer = fresh.get(layer.as_str()).unwrap_or(layer);
        for (number, path) in listed(file, group, "weight_names")?.iter().enumerate() {
            let object = file.find(group, path)?.ok_or_else(|| WeightsError::missing(path))?;
            tensors.insert(format!("{layer}/{number}"), file.tensor(object)?);
        }
    }
    Ok(tensors)
}

/// A list of names in an attribute. Keras splits a long one into numbered attributes.
fn listed(file: &Hdf5File<'_>, object: Object, name: &str) -> Result<Vec<String>> {
    if let Some(names) = file.texts(object, name)? {
        return Ok(names);
    }
    let mut names = Vec::new();
    for part in 0.. {
        match file.texts(object, &format!("{name}{part}"))? {
            Some(some) if names.len() + some.len() <= MAX_MEMBERS => names.extend(some),
            Some(_) => return Err(WeightsError::damaged("there are more than 4096 layers")),
            None => break,
        }
    }
    Ok(names)
}

/// The names that unnamed layers have in a new session. Keras counts them throughout a session, and
/// counted from 1 before 2019.
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

/// Keras 3: `layers/separable_conv2d_3/vars/0`, counted by class in the order of the network.
fn open_numbered(file: &Hdf5File<'_>, group: Object) -> Result<BTreeMap<String, Tensor>> {
    let mut tensors = BTreeMap::new();
    for (layer, object) in file.links(group)?.into_iter().take(MAX_MEMBERS) {
        let Some(vars) = file.find(object, "vars")? else { continue };
        for (number, object) in file.links(vars)?.into_iter().take(MAX_MEMBERS) {
            tensors.insert(format!("{layer}/{number}"), file.tensor(object)?);
        }
    }
    Ok(tensors)
}
