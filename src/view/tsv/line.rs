//! The text of one row, without its last column: written in place, number by number.

use std::net::{IpAddr, Ipv6Addr};

/// More than the longest row needs.
const ROOM: usize = 512;

/// A row being written.
pub(super) struct Line {
    bytes: [u8; ROOM],
    len: usize,
}

impl Default for Line {
    fn default() -> Line {
        Line { bytes: [0; ROOM], len: 0 }
    }
}

/// All pairs of decimal digits, in order.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

impl Line {
    /// What was written. What there was no room for is left out.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub fn byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// A tab, then the number, if there is one.
    pub fn column(&mut self, number: Option<impl Into<u64>>) {
        self.byte(b'\t');
        if let Some(number) = number {
            self.decimal(number.into());
        }
    }

    pub fn decimal(&mut self, number: u64) {
        let mut rest = number;
        let digits = number.checked_ilog10().map_or(1, |power| power as usize + 1);
        let Some(place) = self.bytes.get_mut(self.len..self.len + digits) else { return };
        self.len += digits;
        let (odd, pairs) = place.as_rchunks_mut();
        for pair in pairs.iter_mut().rev() {
            *pair = PAIRS[(rest % 100) as usize];
            rest /= 100;
        }
        if let [first] = odd {
            *first = b'0' + rest as u8;
        }
    }

    /// Nanoseconds as seconds with nine decimals.
    pub fn seconds(&mut self, nanoseconds: u64) {
        self.decimal(nanoseconds / 1_000_000_000);
        // A leading 1 keeps the zeros, and gives way to the point.
        let point = self.len;
        self.decimal(1_000_000_000 + nanoseconds % 1_000_000_000);
        if let Some(place) = self.bytes.get_mut(point) {
            *place = b'.';
        }
    }

    /// So many digits.
    pub fn hexadecimal(&mut self, number: u16, digits: u32) {
        for digit in (0..digits).rev() {
            self.byte(b"0123456789abcdef"[usize::from((number >> (digit * 4)) & 15)]);
        }
    }

    pub fn address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.dotted(address.octets()),
            IpAddr::V6(address) => self.colons(address),
        }
    }

    fn dotted(&mut self, [first, rest @ ..]: [u8; 4]) {
        self.decimal(first.into());
        for octet in rest {
            self.byte(b'.');
            self.decimal(octet.into());
        }
    }

    /// As RFC 5952, section 4, has it; the last four bytes as IPv4 if it is mapped or compatible
    /// (section 5).
    fn colons(&mut self, address: Ipv6Addr) {
        let groups = address.segments();
        let zeros = longest_zeros(groups);
        let is_embedded = zeros == (0..6) || (zeros == (0..5) && groups[5] == 0xffff);
        let end = if is_embedded { 6 } else { 8 };
        let mut at = 0;
        while at < end {
            if at == zeros.start && !zeros.is_empty() {
                self.byte(b':');
                self.byte(b':');
                at = zeros.end;
                continue;
            }
            let group = groups[at];
            self.hexadecimal(group, (4 - group.leading_zeros() / 4).max(1));
            at += 1;
            if at < 8 && at != zeros.start {
                self.byte(b':');
            }
        }
        if is_embedded {
            let [.., a, b, c, d] = address.octets();
            self.dotted([a, b, c, d]);
        }
    }
}

/// The first of the longest runs of at least two zeros; empty, beyond the end, if there is none.
fn longest_zeros(groups: [u16; 8]) -> std::ops::Range<usize> {
    let mut longest = 8..8;
    let mut start = 0;
    let ends = groups.into_iter().chain([1]).enumerate();
    for (at, _) in ends.filter(|(_, group)| *group != 0) {
        if at - start > longest.len().max(1) {
            longest = start..at;
        }
        start = at + 1;
    }
    longest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::Time;

    fn said(write: impl FnOnce(&mut Line)) -> String {
        let mut line = Line::default();
        write(&mut line);
        String::from_utf8(line.text().to_vec()).unwrap()
    }

    #[test]
    fn addresses_are_short_and_embedded_ones_dotted() {
        for shown in [
            "::",
            "::1",
            "1::",
            "fe80::1:0:0:2",
            "2001:0:0:1::1",
            "2001:db8:0:1:1:1:1:1",
            "::ffff:1.2.3.4",
            "::1.2.3.4",
        ] {
            let address: Ipv6Addr = shown.parse().unwrap();
            assert_eq!(said(|line| line.address(address.into())), shown);
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let text = said(|line| (0..200).for_each(|_| line.column(Some(u64::MAX))));
        assert!(text.len() <= ROOM);
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(number: u64, small in 0..20_000u64, hex: u16) {
            prop_assert_eq!(said(|line| line.decimal(number)), number.to_string());
            prop_assert_eq!(said(|line| line.decimal(small)), small.to_string());
            prop_assert_eq!(said(|line| line.hexadecimal(hex, 4)), format!("{hex:04x}"));
            prop_assert_eq!(said(|line| line.seconds(number)), Time(number).to_string());
        }

        #[test]
        fn any_address_reads_back(
            groups in prop::array::uniform8(prop_oneof![Just(0u16), any::<u16>()]),
        ) {
            let address = Ipv6Addr::from(groups);
            let shown = said(|line| line.address(address.into()));
            prop_assert_eq!(shown.parse::<Ipv6Addr>().unwrap(), address, "{}", shown);
        }
    }
}
