use negah_attribution::MapKind;
use negah_render::{Map, RenderedExplanation, Style};

use crate::{Error, Result};

/// Draws values of the shape `[targets, channels, height, width]`: maps at `size` = (height, width)
/// of the model's input, or a grid of channels at the layer's own size, in the order of `order` or
/// in their own.
///
/// # Errors
/// [`Error::Render`] for values that are not of that shape, and for an order of other channels.
pub fn draw(
    values: &[f32],
    shape: [usize; 4],
    kind: MapKind,
    order: Option<&[usize]>,
    style: Style,
    (height, width): (u32, u32),
) -> Result<RenderedExplanation> {
    Ok(match kind {
        MapKind::Channels => RenderedExplanation::grid(values, shape, order, style)?,
        MapKind::Signed | MapKind::Heat => {
            RenderedExplanation::maps(values, shape, (width as usize, height as usize), style)?
        }
    })
}

/// Draws maps of any sizes by one range at `size` = (height, width). `values` holds one map after
/// the other, `sizes` their widths and heights in turn.
///
/// # Errors
/// [`Error::MapSizes`] where the values are more or fewer than the sizes say.
pub fn draw_together(
    values: &[f32],
    sizes: &[usize],
    style: Style,
    (height, width): (u32, u32),
) -> Result<RenderedExplanation> {
    let (mut maps, mut rest) = (Vec::new(), values);
    for size in sizes.chunks(2) {
        let &[width, height] = size else { return Err(Error::MapSizes) };
        let count = width.checked_mul(height).ok_or(Error::MapSizes)?;
        let (map, others) = rest.split_at_checked(count).ok_or(Error::MapSizes)?;
        maps.push(Map::new(map.to_vec(), width, height)?);
        rest = others;
    }
    if maps.is_empty() || !rest.is_empty() {
        return Err(Error::MapSizes);
    }
    Ok(RenderedExplanation::of_maps(maps, (width as usize, height as usize), style)?)
}
