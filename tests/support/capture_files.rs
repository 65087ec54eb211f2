//! Capture files built by hand, number by number.

/// A byte order to write in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    Little,
    Big,
}

pub use Write::{Big, Little};

impl Write {
    pub fn u16(self, number: u16) -> [u8; 2] {
        match self {
            Little => number.to_le_bytes(),
            Big => number.to_be_bytes(),
        }
    }

    pub fn u32(self, number: u32) -> [u8; 4] {
        match self {
            Little => number.to_le_bytes(),
            Big => number.to_be_bytes(),
        }
    }

    pub fn u64(self, number: u64) -> [u8; 8] {
        match self {
            Little => number.to_le_bytes(),
            Big => number.to_be_bytes(),
        }
    }

    pub fn u32s(self, numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| self.u32(*number)).collect()
    }

    /// A classic file's header.
    pub fn classic(self, magic: u32, version: (u16, u16), link: u32) -> Vec<u8> {
        let mut header = self.u32(magic).to_vec();
        header.extend([self.u16(version.0), self.u16(version.1)].concat());
        header.extend(self.u32s(&[0, 0, 262_144, link]));
        header
    }

    /// A packet behind a header with these bytes at its end.
    pub fn packet(self, time: (u32, u32), bytes: &[u8], more: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u32;
        let header = self.u32s(&[time.0, time.1, length, length + 5]);
        [&header, more, bytes].concat()
    }

    /// A block around a body.
    pub fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let mut block = self.u32s(&[kind, (body.len().next_multiple_of(4) + 12) as u32]);
        block.extend(body);
        block.resize(block.len().next_multiple_of(4), 0);
        let length = block.len() as u32 + 4;
        block.extend(self.u32(length));
        block
    }

    pub fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut option = [self.u16(code), self.u16(value.len() as u16)].concat();
        option.extend(value);
        option.resize(option.len().next_multiple_of(4), 0);
        option
    }

    pub fn section(self, options: &[u8]) -> Vec<u8> {
        let mut body = self.u32(0x1a2b_3c4d).to_vec();
        body.extend([self.u16(1), self.u16(0)].concat());
        body.extend([&[0xff; 8], options].concat());
        self.block(0x0a0d_0d0a, &body)
    }

    pub fn interface(self, link: u16, snap_length: u32, options: &[u8]) -> Vec<u8> {
        let body = [&self.u16(link), &[0; 2][..], &self.u32(snap_length), options].concat();
        self.block(1, &body)
    }

    /// An enhanced packet block; the packet was five bytes longer on the wire.
    pub fn enhanced(self, interface: u32, time: u64, bytes: &[u8], options: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u32;
        let numbers = [interface, (time >> 32) as u32, time as u32, length, length + 5];
        let mut body = self.u32s(&numbers);
        body.extend(bytes);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend(options);
        self.block(6, &body)
    }

    /// An obsolete packet block.
    pub fn obsolete(self, interface: u16, time: u64, bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u32;
        let mut body = [self.u16(interface), [0; 2]].concat();
        body.extend(self.u32s(&[(time >> 32) as u32, time as u32, length, length + 5]));
        body.extend(bytes);
        self.block(2, &body)
    }

    pub fn simple(self, original: u32, bytes: &[u8]) -> Vec<u8> {
        self.block(3, &[&self.u32(original), bytes].concat())
    }
}
