//! Limits on what a file may ask for.

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
