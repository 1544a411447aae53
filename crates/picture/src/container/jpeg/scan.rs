//! Scans: whether the entropy-coded data holds every block that the frame asks for.
//!
//! The codes are read and the coefficients are not kept. Of a progressive picture, each block's
//! non-zero coefficients are remembered, because a refinement scan has a bit for each of them.
//! Figures and tables are those of ITU-T T.81; the layout of a refinement scan is its G.1.2.3.

pub(super) use super::bits::Fault;
use super::bits::{Bits, Codes};

/// A colour component with its sampling factors.
pub(super) struct Component {
    pub id: u8,
    pub across: u32,
    pub down: u32,
    /// Whether a scan gave the first coefficient of each block.
    pub coded: bool,
}

/// What the frame header states.
pub(super) struct Frame {
    pub width: u32,
    pub height: u32,
    components: Vec<Component>,
    /// The largest sampling factors.
    across: u32,
    down: u32,
    /// By component, a bit for each non-zero coefficient of each block. Empty unless progressive.
    nonzero: Vec<Vec<u64>>,
    progressive: bool,
}

impl Frame {
    /// A frame whose sampling factors are 1 to 4.
    pub fn new(width: u32, height: u32, components: Vec<Component>, progressive: bool) -> Self {
        let across = components.iter().map(|part| part.across).max().unwrap_or(1);
        let down = components.iter().map(|part| part.down).max().unwrap_or(1);
        let mut frame = Self { width, height, components, across, down, nonzero: Vec::new(), progressive };
        if progressive {
            let (columns, rows) = frame.units();
            let blocks = |part: &Component| (columns * part.across) as usize * (rows * part.down) as usize;
            frame.nonzero = frame.components.iter().map(|part| vec![0; blocks(part)]).collect();
        }
        frame
    }

    /// Whether every component was coded. The standard does not ask for all bits of all
    /// coefficients.
    pub fn is_coded(&self) -> bool {
        self.components.iter().all(|part| part.coded)
    }

    /// Columns and rows of minimum coded units.
    fn units(&self) -> (u32, u32) {
        (self.width.div_ceil(8 * self.across), self.height.div_ceil(8 * self.down))
    }

    /// Columns and rows of blocks of a component in a scan of its own.
    fn blocks(&self, part: &Component) -> (u32, u32) {
        let side = |length: u32, factor: u32, of: u32| (length * factor).div_ceil(of).div_ceil(8);
        (side(self.width, part.across, self.across), side(self.height, part.down, self.down))
    }
}

/// The tables that are in force.
#[derive(Default)]
pub(super) struct Tables {
    first: [Option<Codes>; 4],
    other: [Option<Codes>; 4],
    /// How many units lie between two restart markers; 0 for no markers.
    pub restart: u32,
}

impl Tables {
    /// Takes the tables of a segment.
    pub fn define(&mut self, mut content: &[u8]) -> Result<(), Fault> {
        while let Some((&[kind, ref counts @ ..], rest)) = content.split_first_chunk::<17>() {
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or(Fault::Damaged)?;
            let tables = match kind >> 4 {
                0 => &mut self.first,
                1 => &mut self.other,
                _ => return Err(Fault::Damaged),
            };
            let table = tables.get_mut(usize::from(kind & 15)).ok_or(Fault::Damaged)?;
            *table = Some(Codes::new(counts, symbols).ok_or(Fault::Damaged)?);
            content = rest;
        }
        Ok(())
    }
}

/// What a scan header states.
pub(super) struct Scan {
    parts: Vec<Part>,
    /// The first and the last coefficient.
    start: u32,
    end: u32,
    /// Whether the coefficients come for the first time rather than one more bit of them.
    first_pass: bool,
}

/// A component of a scan, with the numbers of its tables.
struct Part {
    component: usize,
    first: usize,
    other: usize,
}

impl Scan {
    /// The scan header behind its length. `None` where it contradicts itself or the frame.
    pub fn parse(content: &[u8], frame: &Frame) -> Option<Self> {
        let (&count, content) = content.split_first()?;
        let (parts, rest) = content.split_at_checked(2 * usize::from(count))?;
        let &[start, end, approximation] = rest.first_chunk()?;
        let mut scan =
            Self { parts: Vec::new(), start: start.into(), end: end.into(), first_pass: approximation >> 4 == 0 };
        for &[id, tables] in parts.as_chunks::<2>().0 {
            let component = frame.components.iter().position(|part| part.id == id)?;
            if scan.parts.iter().any(|part| part.component == component) {
                return None;
            }
            scan.parts.push(Part { component, first: (tables >> 4).into(), other: (tables & 15).into() });
        }
        if !frame.progressive {
            // Encoders are met that leave these fields at zero.
            (scan.start, scan.end, scan.first_pass) = (0, 63, true);
        }
        let several = scan.parts.len() > 1 && scan.start > 0;
        let mixed = frame.progressive && scan.start == 0 && scan.end > 0;
        let valid = scan.start <= scan.end && scan.end < 64 && !several && !mixed && !scan.parts.is_empty();
        valid.then_some(scan)
    }

    /// How many blocks it visits.
    pub fn blocks(&self, frame: &Frame) -> u64 {
        if let [part] = &self.parts[..] {
            let (columns, rows) = frame.blocks(&frame.components[part.component]);
            return u64::from(columns) * u64::from(rows);
        }
        let (columns, rows) = frame.units();
        let components = self.parts.iter().map(|part| &frame.components[part.component]);
        u64::from(columns) * u64::from(rows) * components.map(|part| u64::from(part.across * part.down)).sum::<u64>()
    }

    /// Reads every block of the scan from the data behind its header.
    ///
    /// Returns the length of the data. It ends at a marker, or where reading ahead ended.
    pub fn walk(&self, data: &[u8], frame: &mut Frame, tables: &Tables) -> Result<usize, Fault> {
        let mut bits = Bits::new(data);
        let alone = self.parts.len() == 1;
        let (columns, rows) = match &self.parts[..] {
            [part] => frame.blocks(&frame.components[part.component]),
            _ => frame.units(),
        };
        let (across_units, _) = frame.units();
        let mut run = 0;
        let mut until_restart = tables.restart;
        for row in 0..rows {
            for column in 0..columns {
                if tables.restart > 0 {
                    if until_restart == 0 {
                        bits.restart()?;
                        run = 0;
                        until_restart = tables.restart;
                    }
                    until_restart -= 1;
                }
                for part in &self.parts {
                    let component = &frame.components[part.component];
                    let stride = across_units * component.across;
                    let (across, down) = if alone { (1, 1) } else { (component.across, component.down) };
                    for y in row * down..(row + 1) * down {
                        for x in column * across..(column + 1) * across {
                            if !frame.progressive {
                                sequential(&mut bits, tables, part)?;
                                continue;
                            }
                            let block = y as usize * stride as usize + x as usize;
                            self.progressive(
                                &mut bits,
                                tables,
                                part,
                                &mut frame.nonzero[part.component][block],
                                &mut run,
                            )?;
                        }
                    }
                }
            }
        }
        if self.start == 0 && self.first_pass {
            for part in &self.parts {
                frame.components[part.component].coded = true;
            }
        }
        Ok(bits.position())
    }

    /// A block of a progressive scan. `run` counts the blocks to come that have no more codes.
    fn progressive(
        &self,
        bits: &mut Bits<'_>,
        tables: &Tables,
        part: &Part,
        nonzero: &mut u64,
        run: &mut u32,
    ) -> Result<(), Fault> {
        match (self.start, self.first_pass) {
            (0, true) => difference(bits, codes(&tables.first, part.first)?),
            (0, false) => bits.take(1).map(drop),
            (_, first_pass) => {
                let codes = codes(&tables.other, part.other)?;
                if first_pass {
                    self.new_coefficients(bits, codes, nonzero, run)
                } else {
                    self.refinement(bits, codes, nonzero, run)
                }
            }
        }
    }

    /// Coefficients of a band for the first time.
    fn new_coefficients(
        &self,
        bits: &mut Bits<'_>,
        codes: &Codes,
        nonzero: &mut u64,
        run: &mut u32,
    ) -> Result<(), Fault> {
        if *run > 0 {
            *run -= 1;
            return Ok(());
        }
        let mut at = self.start;
        while at <= self.end {
            let (zeros, size) = split(bits.symbol(codes)?);
            match (zeros, size) {
                (15, 0) => at += 16,
                (_, 0) => {
                    *run = (1 << zeros) - 1 + bits.take(zeros)?;
                    break;
                }
                _ => {
                    at += zeros;
                    bits.take(size)?;
                    set(nonzero, at)?;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    /// One more bit of a band's coefficients.
    fn refinement(&self, bits: &mut Bits<'_>, codes: &Codes, nonzero: &mut u64, run: &mut u32) -> Result<(), Fault> {
        let is_set = |nonzero: u64, at: u32| nonzero >> at & 1 == 1;
        let mut at = self.start;
        if *run == 0 {
            while at <= self.end {
                let (mut zeros, size) = split(bits.symbol(codes)?);
                if size == 0 && zeros < 15 {
                    *run = (1 << zeros) + bits.take(zeros)?;
                    break;
                }
                if size > 0 {
                    // The sign of a coefficient that becomes ±1.
                    bits.take(1)?;
                }
                while at <= self.end {
                    if is_set(*nonzero, at) {
                        bits.take(1)?;
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    at += 1;
                }
                if size > 0 {
                    set(nonzero, at)?;
                }
                at += 1;
            }
        }
        if *run > 0 {
            for at in at..=self.end {
                if is_set(*nonzero, at) {
                    bits.take(1)?;
                }
            }
            *run -= 1;
        }
        Ok(())
    }
}

/// A block of a sequential scan.
fn sequential(bits: &mut Bits<'_>, tables: &Tables, part: &Part) -> Result<(), Fault> {
    difference(bits, codes(&tables.first, part.first)?)?;
    let codes = codes(&tables.other, part.other)?;
    let mut at = 1;
    while at < 64 {
        let (zeros, size) = split(bits.symbol(codes)?);
        match (zeros, size) {
            (15, 0) => at += 16,
            (_, 0) => break,
            _ if at + zeros > 63 => return Err(Fault::Damaged),
            _ => {
                at += zeros + 1;
                bits.take(size)?;
            }
        }
    }
    Ok(())
}

/// The difference of a block's first coefficient from the one before.
fn difference(bits: &mut Bits<'_>, codes: &Codes) -> Result<(), Fault> {
    let size = bits.symbol(codes)?;
    if size > 15 {
        return Err(Fault::Damaged);
    }
    bits.take(size.into()).map(drop)
}

fn codes(tables: &[Option<Codes>; 4], number: usize) -> Result<&Codes, Fault> {
    tables.get(number).and_then(Option::as_ref).ok_or(Fault::Damaged)
}

/// The number of zeros before a coefficient and the size of it.
fn split(symbol: u8) -> (u32, u32) {
    (u32::from(symbol >> 4), u32::from(symbol & 15))
}

fn set(nonzero: &mut u64, at: u32) -> Result<(), Fault> {
    if at > 63 {
        return Err(Fault::Damaged);
    }
    *nonzero |= 1 << at;
    Ok(())
}
