use crate::error::{Result, WeightsError};

/// A cursor over little-endian numbers; reading beyond the end is an error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The number of bytes that are left.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) =
            self.0.split_at_checked(count).ok_or_else(|| WeightsError::damaged("a part ends too early"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Result<()> {
        self.take(count).map(|_| ())
    }

    /// Takes as many bytes as `magic` has, which must be the same.
    pub(crate) fn expect(&mut self, magic: &[u8]) -> Result<()> {
        if self.take(magic.len())? == magic {
            Ok(())
        } else {
            Err(WeightsError::damaged("a signature is not where it should be"))
        }
    }

    /// Takes a text that ends with the line, of at most `longest` bytes.
    pub(crate) fn line(&mut self, longest: usize) -> Result<&'a [u8]> {
        let line = self.0.iter().take(longest + 1).position(|byte| *byte == b'\n');
        let text = self.take(line.ok_or_else(|| WeightsError::damaged("a line is too long"))?)?;
        self.skip(1)?;
        Ok(text)
    }

    /// The bytes up to a zero, or to the end, as text.
    pub(crate) fn text(bytes: &[u8]) -> String {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of bytes, or of elements, in memory.
    pub(crate) fn size(&mut self) -> Result<usize> {
        usize::try_from(self.u64()?).map_err(|_| WeightsError::damaged("a number does not fit into memory"))
    }
}
