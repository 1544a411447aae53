/// A generator of numbers (xorshift64, Marsaglia, 2003), the same everywhere.
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `below`.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// The `number`th damaged copy of a file: cut, or with up to eight bytes changed at its beginning,
/// at its end, or anywhere. Structure lies at the beginning and, in archives, at the end.
pub fn damaged(sound: &[u8], number: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    if number.is_multiple_of(4) {
        bytes.truncate(random.below(sound.len()));
        return bytes;
    }
    let len = sound.len().min(8192);
    let (start, len) = match number % 4 {
        1 => (0, len),
        2 => (sound.len() - len, len),
        _ => (0, sound.len()),
    };
    for _ in 0..=random.below(8) {
        let place = start + random.below(len);
        bytes[place] = match random.below(4) {
            0 => bytes[place] ^ (1 << random.below(8)),
            1 => 0xff,
            2 => 0,
            _ => random.below(256) as u8,
        };
    }
    bytes
}
