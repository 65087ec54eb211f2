//! Names that a file gives to addresses (draft-ietf-opsawg-pcapng, section 4.5).

use std::collections::HashMap;
use std::net::IpAddr;

use super::error::Damage;
use super::order::{Order, at};

/// How many names are kept.
const MOST: usize = 100_000;

/// The longest name that is kept, in bytes (RFC 1035, section 2.3.4).
const LONGEST: usize = 255;

/// Kinds of records (section 4.5).
const END: u16 = 0;
const IPV4: u16 = 1;
const IPV6: u16 = 2;

/// Names of addresses: the first that a file gives to each. Of more than 100,000 the rest is left
/// out, as are names of more than 255 bytes.
#[derive(Debug, Clone, Default)]
pub struct Names {
    names: HashMap<IpAddr, String>,
}

impl Names {
    /// The name of an address. It is a file's word: escape it before a terminal sees it.
    pub fn get(&self, address: &IpAddr) -> Option<&str> {
        self.names.get(address).map(String::as_str)
    }

    /// How many addresses have one.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none has one.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Takes the records of a block, `body` being all between its two lengths.
    pub(super) fn take(&mut self, mut body: &[u8], order: Order) -> Result<(), Damage> {
        while !body.is_empty() {
            let (head, rest) = body.split_first_chunk::<4>().ok_or(Damage::Name)?;
            let kind = order.u16(at(head, 0));
            let length = usize::from(order.u16(at(head, 2)));
            let record = rest.get(..length).ok_or(Damage::Name)?;
            body = rest.get(length.next_multiple_of(4)..).ok_or(Damage::Name)?;
            match kind {
                END => return Ok(()),
                IPV4 => self.record::<4>(record)?,
                IPV6 => self.record::<16>(record)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// An address and its names, each with a zero behind it.
    fn record<const N: usize>(&mut self, record: &[u8]) -> Result<(), Damage>
    where
        IpAddr: From<[u8; N]>,
    {
        let (address, names) = record.split_first_chunk::<N>().ok_or(Damage::Name)?;
        let Some((0, names)) = names.split_last() else {
            return if names.is_empty() { Ok(()) } else { Err(Damage::Name) };
        };
        let name = names.split(|byte| *byte == 0).next().unwrap_or_default();
        if self.names.len() < MOST && (1..=LONGEST).contains(&name.len()) {
            let name = || String::from_utf8_lossy(name).into_owned();
            self.names.entry(IpAddr::from(*address)).or_insert_with(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        let mut record = [kind.to_le_bytes(), (content.len() as u16).to_le_bytes()].concat();
        record.extend(content);
        record.resize(record.len().next_multiple_of(4), 0);
        record
    }

    fn taken(body: &[u8]) -> Result<Names, Damage> {
        let mut names = Names::default();
        names.take(body, Order::Little).map(|()| names)
    }

    #[test]
    fn the_first_name_of_each_address_is_kept() {
        let body = [
            record(1, b"\x7f\0\0\x01home\0here\0"),
            record(1, b"\x7f\0\0\x01later\0"),
            record(99, b"what nobody knows"),
            record(2, &[&[0; 15][..], b"\x01six\0"].concat()),
            record(0, b""),
            b"options".to_vec(),
        ];
        let names = taken(&body.concat()).unwrap();
        assert_eq!(names.get(&[127, 0, 0, 1].into()), Some("home"));
        assert_eq!(names.get(&std::net::Ipv6Addr::LOCALHOST.into()), Some("six"));
        assert_eq!(names.len(), 2);
    }

    #[test]
    fn a_name_that_does_not_end_and_a_record_that_does_not_fit_are_damage() {
        let whole = record(1, b"\x7f\0\0\x01home\0");
        for body in [&record(1, b"\x7f\0\0\x01home")[..], &record(1, b"\x7f\0\0"), &whole[..9]] {
            assert_eq!(taken(body).err(), Some(Damage::Name), "{body:?}");
        }
        assert!(taken(&record(1, b"\x7f\0\0\x01")).unwrap().is_empty());
    }

    #[test]
    fn they_are_bounded() {
        let mut names = Names::default();
        for number in 0..MOST as u32 + 10 {
            let content = [&number.to_be_bytes()[..], b"n\0"].concat();
            names.take(&record(1, &content), Order::Little).unwrap();
        }
        assert_eq!(names.len(), MOST);
        let long = [&[1, 1, 1, 1][..], &[b'x'; 256], &[0]].concat();
        assert!(taken(&record(1, &long)).unwrap().is_empty());
    }
}
