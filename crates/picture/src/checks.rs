//! Checks of what a file's headers ask for, before anything is decoded.

use crate::error::PictureError;
use crate::limits::{MAX_BYTES, MAX_PIXELS, MIN_SIDE};

/// Checks a picture's width and height.
///
/// # Errors
/// `TooSmall`, `TooLarge`.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
    if width < MIN_SIDE || height < MIN_SIDE {
        return Err(PictureError::TooSmall { width, height });
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge { width, height });
    }
    Ok(())
}

/// The number of bytes that a picture of `bits` bits a pixel takes. Call [`check_size`] first.
///
/// # Errors
/// `TooMuchMemory`.
pub(crate) fn check_memory(width: u32, height: u32, bits: u32) -> Result<usize, PictureError> {
    let bytes = u64::from(width) * u64::from(height) * u64::from(bits).div_ceil(8);
    usize::try_from(bytes).ok().filter(|_| bytes <= MAX_BYTES).ok_or(PictureError::TooMuchMemory {
        width,
        height,
        bits,
    })
}
