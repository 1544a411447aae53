//! Limits on what a file may ask for, checked against its headers before anything is decoded.

use crate::PictureError;

/// The largest number of pixels a picture may have.
pub const MAX_PIXELS: u64 = 64_000_000;

/// The smallest width and height a picture may have.
pub const MIN_SIDE: u32 = 8;

/// The largest number of bytes a decoded picture may take before it is converted to 8-bit RGB.
pub const MAX_BYTES: u64 = 256 << 20;

/// The largest number of 8 × 8 blocks that the scans of a JPEG may visit.
///
/// A block is visited once by each scan that holds its component. A scan can skip 32,767 blocks in
/// four bytes, so the file's length does not bound this number. The scans that libjpeg writes for
/// 64 megapixels visit 14 million blocks in colour without subsampling and 24 million in CMYK.
pub const MAX_JPEG_BLOCKS: u64 = 32_000_000;

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
