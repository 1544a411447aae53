//! BMP: two headers, a palette, and rows of pixels.

use super::{File, Survey, index};
use crate::checks::check_size;
use crate::error::PictureError;

/// Checks the sizes; a BMP has no metadata to drop.
pub(super) fn survey(file: File<'_>) -> Result<Survey<'_>, PictureError> {
    let header = u32::from_le_bytes(file.array(14)?);
    let (width, height, depth, compression) = if header == 12 {
        let [w0, w1, h0, h1] = file.array(18)?;
        let depth = u16::from_le_bytes(file.array(24)?);
        (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into(), depth, 0)
    } else {
        let width = i32::from_le_bytes(file.array(18)?);
        let height = i32::from_le_bytes(file.array(22)?);
        let depth = u16::from_le_bytes(file.array(28)?);
        let compression = if header == 16 { 0 } else { u32::from_le_bytes(file.array(30)?) };
        // A negative height says that the top row comes first.
        (u32::try_from(width).map_err(|_| file.damaged())?, height.unsigned_abs(), depth, compression)
    };
    check_size(width, height)?;
    // 0, 3 and 6 are rows of plain pixels, which must all be there.
    if matches!(compression, 0 | 3 | 6) {
        let row = (u64::from(width) * u64::from(depth)).div_ceil(32) * 4;
        let start = u32::from_le_bytes(file.array(10)?);
        let rows = usize::try_from(row * u64::from(height)).map_err(|_| file.truncated())?;
        file.slice(index(start), rows)?;
    }
    Ok(Survey { picture: file.bytes.into(), exif: None })
}
