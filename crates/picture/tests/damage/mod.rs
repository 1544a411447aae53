//! Damaged copies of the files in `goldens/decode`, the same from a seed on every platform.
//!
//! The tests of this crate and, compiled for wasm32, those of `tests/wasm` decode them. On 64 bits
//! an allocation of any length succeeds; on 32 bits it traps.

/// Small files of every format and of their main variants.
pub const FILES: [&[u8]; 17] = {
    macro_rules! files {
        ($($name:literal),* $(,)?) => {
            [$(include_bytes!(concat!("../../goldens/decode/", $name)) as &[u8]),*]
        };
    }
    files![
        "baseline.jpg",
        "progressive.jpg",
        "restarts.jpg",
        "turned.jpg",
        "cmyk.jpg",
        "rgba.png",
        "palette.png",
        "grey16.png",
        "turned.png",
        "lossy.webp",
        "lossy_alpha.webp",
        "lossless.webp",
        "turned.webp",
        "animated.webp",
        "animated.gif",
        "rgb.bmp",
        "palette.bmp",
    ]
};

/// A pseudo-random sequence: xorshift64*.
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize;
        high % end
    }
}

/// A copy of one of the files with one to eight changes.
pub fn damaged(random: &mut Random) -> Vec<u8> {
    let mut bytes = FILES[random.below(FILES.len())].to_vec();
    for _ in 0..=random.below(8) {
        // Half of the changes hit the headers at the beginning.
        let end = if random.below(2) == 0 { bytes.len().min(64) } else { bytes.len() };
        let at = random.below(end);
        match random.below(7) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            // Lengths and sizes at and around the limits of their types, in both byte orders.
            2 => write(&mut bytes, at, &EXTREMES[random.below(EXTREMES.len())].to_be_bytes()),
            3 => write(&mut bytes, at, &EXTREMES[random.below(EXTREMES.len())].to_le_bytes()),
            4 => write(&mut bytes, at, &(random.below(1 << 16) as u16).to_be_bytes()),
            5 => bytes.truncate(at.max(1)),
            _ => {
                let part = bytes[at..].iter().take(1 + random.below(64)).copied().collect::<Vec<_>>();
                let to = random.below(bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    repair_checksums(&mut bytes);
    bytes
}

const EXTREMES: [u32; 10] = [0, 1, 8, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff6, 0xffff_fffe, 0xffff_ffff];

fn write(bytes: &mut [u8], at: usize, value: &[u8]) {
    for (byte, new) in bytes[at..].iter_mut().zip(value) {
        *byte = *new;
    }
}

/// Gives the chunks of a PNG their checksums, without which a decoder refuses every change.
fn repair_checksums(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut at = 8;
    while let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let end = at as u64 + 8 + u64::from(u32::from_be_bytes(*length));
        let Some(end) = usize::try_from(end).ok().filter(|end| end + 4 <= bytes.len()) else { return };
        let checksum = crc32(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| crc >> 1 ^ 0xedb8_8320 & (crc & 1).wrapping_neg())
    })
}
