//! The bits of entropy-coded data, and the Huffman codes in them.

/// Why a scan was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data ends, or a marker comes, before the last block.
    Truncated,
    /// The data holds what no encoder writes.
    Damaged,
}

/// Reads bits, the highest of a byte first, up to a marker or the end of the data.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the highest down, followed by zeros.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0 }
    }

    /// The place behind what was read. Bytes that were read ahead count as read.
    pub fn position(&self) -> usize {
        self.at
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.data.get(self.at) else { return };
            if byte == 0xff {
                // A stuffed zero makes 0xff data; fill bytes may come between the two.
                let behind = &self.data[self.at + 1..];
                let Some(fill) = behind.iter().position(|&byte| byte != 0xff) else { return };
                if behind[fill] != 0 {
                    return;
                }
                self.at += fill + 1;
            }
            self.at += 1;
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn consume(&mut self, count: u32) -> Result<(), Fault> {
        if count > self.count {
            return Err(Fault::Truncated);
        }
        self.held <<= count;
        self.count -= count;
        Ok(())
    }

    /// The next `count` bits, at most 16, as a number.
    pub fn take(&mut self, count: u32) -> Result<u32, Fault> {
        if count == 0 {
            return Ok(0);
        }
        if self.count < count {
            self.fill();
        }
        let bits = (self.held >> (64 - count)) as u32;
        self.consume(count)?;
        Ok(bits)
    }

    /// The symbol of the next code.
    pub fn symbol(&mut self, codes: &Codes) -> Result<u8, Fault> {
        if self.count < 16 {
            self.fill();
        }
        let ahead = (self.held >> 48) as u16;
        let [length, symbol] = codes.short[usize::from(ahead >> 8)];
        if length != 0 {
            self.consume(length.into())?;
            return Ok(symbol);
        }
        for length in 9..=16 {
            let code = u32::from(ahead) >> (16 - length);
            if code < codes.ends[length] {
                self.consume(length as u32)?;
                let at = code.wrapping_add(codes.offsets[length]) as usize;
                return codes.symbols.get(at).copied().ok_or(Fault::Damaged);
            }
        }
        Err(if self.count < 16 { Fault::Truncated } else { Fault::Damaged })
    }

    /// Steps over a restart marker and what comes before it.
    pub fn restart(&mut self) -> Result<(), Fault> {
        (self.held, self.count) = (0, 0);
        while let Some(stray) = self.data[self.at..].iter().position(|&byte| byte == 0xff) {
            self.at += stray + 1;
            match self.data.get(self.at) {
                Some(0x00 | 0xff) => {}
                Some(0xd0..=0xd7) => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Fault::Truncated),
            }
        }
        Err(Fault::Truncated)
    }
}

/// A Huffman table.
pub(super) struct Codes {
    /// Length and symbol by the next 8 bits; length 0 where the code is longer.
    short: [[u8; 2]; 256],
    /// By length: the first number that is no code of this length.
    ends: [u32; 17],
    /// By length: what leads from a code to its symbol, modulo 2³².
    offsets: [u32; 17],
    symbols: Vec<u8>,
}

impl Codes {
    /// The codes with `counts[i]` symbols of length `i + 1`. `None` where there are more than fit.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut codes = Self { short: [[0; 2]; 256], ends: [0; 17], offsets: [0; 17], symbols: symbols.to_vec() };
        let (mut code, mut index) = (0_u32, 0_u32);
        for (length, &count) in (1_usize..).zip(counts) {
            codes.offsets[length] = index.wrapping_sub(code);
            for _ in 0..count {
                if code >> length != 0 {
                    return None;
                }
                if length <= 8 {
                    let first = (code << (8 - length)) as usize;
                    codes.short[first..first + (1 << (8 - length))].fill([length as u8, symbols[index as usize]]);
                }
                code += 1;
                index += 1;
            }
            codes.ends[length] = code;
            code <<= 1;
        }
        Some(codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes 00, 01, 100, and 1010 0000 0 (nine bits).
    fn codes() -> Codes {
        let counts = [0, 2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        Codes::new(&counts, b"abcd").unwrap()
    }

    #[test]
    fn codes_are_read_from_the_highest_bit() {
        let mut bits = Bits::new(&[0b0001_1001, 0b0100_0000, 0b0011_1111]);
        let read: Vec<_> = (0..6).map(|_| bits.symbol(&codes())).collect();
        assert_eq!(read, [Ok(b'a'), Ok(b'b'), Ok(b'c'), Ok(b'd'), Ok(b'a'), Err(Fault::Truncated)]);
    }

    #[test]
    fn markers_end_the_data_and_stuffed_zeros_do_not() {
        let mut bits = Bits::new(&[0xff, 0x00, 0x12, 0xff, 0xd9, 0x34]);
        assert_eq!((bits.take(8), bits.take(8)), (Ok(0xff), Ok(0x12)));
        assert_eq!(bits.take(1), Err(Fault::Truncated));
        assert_eq!(bits.position(), 3);
        let mut bits = Bits::new(&[0x12, 0xff, 0xd3, 0x34]);
        assert_eq!(bits.restart(), Ok(()));
        assert_eq!(bits.take(8), Ok(0x34));
    }

    #[test]
    fn too_many_codes_of_a_length_are_no_table() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Codes::new(&counts, b"abc").is_none());
        counts[0] = 2;
        assert!(Codes::new(&counts, b"ab").is_some());
    }
}
