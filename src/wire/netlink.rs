//! Netlink messages (`netlink(7)`): written, and taken apart without trust in their lengths.

/// `struct nlmsghdr`
const HEADER: usize = 16;

/// `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER` of `linux/netlink.h`: not part of an attribute's kind.
const KIND_FLAGS: u16 = 0xc000;

/// Netlink messages, to be sent in one write.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A message; the body starts with the protocol's own header.
    pub fn message(
        &mut self,
        kind: u16,
        flags: i32,
        sequence: u32,
        body: impl FnOnce(&mut Writer),
    ) {
        let start = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(((flags | libc::NLM_F_REQUEST) as u16).to_ne_bytes());
        self.bytes.extend(sequence.to_ne_bytes());
        self.bytes.extend([0; 4]); // from this socket
        body(self);
        let length = (self.bytes.len() - start) as u32;
        self.patch(start, &length.to_ne_bytes());
    }

    /// Bytes as they are: a protocol's own header.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// `struct nfgenmsg`, with which all messages of netfilter start.
    pub fn netfilter_header(&mut self, family: u8, resource: u16) {
        self.bytes.extend([family, 0]);
        self.bytes.extend(resource.to_be_bytes());
    }

    /// `struct nlattr`: length, kind, value, padded to four bytes. A value has at most
    /// [`LONGEST_VALUE`] bytes.
    pub fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.bytes.extend(((4 + value.len()) as u16).to_ne_bytes());
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// An attribute that is a C string.
    pub fn text(&mut self, kind: u16, value: &str) {
        self.attribute(kind, &[value.as_bytes(), &[0]].concat());
    }

    /// An attribute of 32 bits, big endian as netfilter wants them.
    pub fn big_endian(&mut self, kind: u16, value: u32) {
        self.attribute(kind, &value.to_be_bytes());
    }

    /// An attribute that consists of attributes.
    pub fn nested(&mut self, kind: u16, inner: impl FnOnce(&mut Writer)) {
        let start = self.bytes.len();
        self.bytes.extend([0; 2]);
        self.bytes.extend((kind | libc::NLA_F_NESTED as u16).to_ne_bytes());
        inner(self);
        let length = (self.bytes.len() - start) as u16;
        self.patch(start, &length.to_ne_bytes());
    }

    fn patch(&mut self, at: usize, with: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + with.len()) {
            place.copy_from_slice(with);
        }
    }
}

/// Bytes that an attribute's value can have at most: its length field has 16 bits.
pub const LONGEST_VALUE: usize = u16::MAX as usize - 4;

/// One message that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    pub kind: u16,
    pub sequence: u32,
    pub body: &'a [u8],
}

impl Message<'_> {
    /// `NLMSG_ERROR`: 0 for done, or an errno. `None` if it is another kind of message.
    pub fn verdict(&self) -> Option<i32> {
        (i32::from(self.kind) == libc::NLMSG_ERROR).then(|| {
            let code = self.body.first_chunk().copied().map(i32::from_ne_bytes);
            code.map_or(libc::EBADMSG, i32::saturating_neg)
        })
    }
}

/// The messages of one read; ends at one that is cut short.
#[derive(Debug, Clone)]
pub struct Messages<'a>(pub &'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let header = self.0.first_chunk::<HEADER>()?;
        let length = u32::from_ne_bytes(*header.first_chunk()?) as usize;
        let kind = u16::from_ne_bytes(*header.get(4..)?.first_chunk()?);
        let sequence = u32::from_ne_bytes(*header.get(8..)?.first_chunk()?);
        let body = self.0.get(HEADER..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Message { kind, sequence, body })
    }
}

/// The attributes in a body, each its kind and its value; ends at one that is cut short.
#[derive(Debug, Clone)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let &[a, b, c, d, ..] = self.0 else { return None };
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([c, d]) & !KIND_FLAGS, value))
    }
}

/// The value of the first attribute of that kind.
pub fn find(attributes: &[u8], kind: u16) -> Option<&[u8]> {
    Attributes(attributes).find(|(other, _)| *other == kind).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn two() -> Vec<u8> {
        let mut writer = Writer::default();
        for sequence in [7, 8] {
            writer.message(0x300, 0, sequence, |w| {
                w.netfilter_header(2, 0);
                w.attribute(1, &[1, 2, 3]);
                w.nested(2, |w| w.text(3, "four"));
            });
        }
        writer.bytes().to_vec()
    }

    /// Everything in it, to the depth that we use.
    fn walk(bytes: &[u8]) -> usize {
        let attributes = |bytes| Attributes(bytes).map(|(_, inner)| Attributes(inner).count() + 1);
        Messages(bytes)
            .map(|message| {
                let inner: usize =
                    attributes(message.body.get(4..).unwrap_or_default()).sum::<usize>();
                inner + usize::from(message.verdict().is_some()) + 1
            })
            .sum()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = two();
        let sequences: Vec<_> = Messages(&bytes).map(|message| message.sequence).collect();
        assert_eq!(sequences, [7, 8]);
        let attributes = &Messages(&bytes).next().unwrap().body[4..];
        assert_eq!(find(attributes, 1), Some([1, 2, 3].as_slice()));
        assert_eq!(find(find(attributes, 2).unwrap(), 3), Some(b"four\0".as_slice()));
        assert_eq!(find(attributes, 4), None);
    }

    #[test]
    fn messages_cut_short_anywhere_end_the_reading() {
        let bytes = two();
        let one = bytes.len() / 2;
        for length in 0..bytes.len() {
            assert_eq!(Messages(&bytes[..length]).count(), length / one, "{length}");
            walk(&bytes[..length]);
        }
        assert_eq!(Messages(&[0; 64]).count(), 0);
        assert_eq!(Attributes(&[0; 64]).count(), 0);
    }

    #[test]
    fn an_error_that_is_cut_short_is_one_all_the_same() {
        let kind = libc::NLMSG_ERROR as u16;
        let said = |body: &[u8]| Message { kind, sequence: 1, body }.verdict();
        assert_eq!(said(&(-libc::ENOENT).to_ne_bytes()), Some(libc::ENOENT));
        assert_eq!(said(&[0; 4]), Some(0));
        assert_eq!(said(&[0; 3]), Some(libc::EBADMSG));
        assert_eq!(said(&i32::MIN.to_ne_bytes()), Some(i32::MAX));
    }

    proptest! {
        #[test]
        fn rubbish_ends(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(walk(&bytes) <= bytes.len());
        }

        #[test]
        fn damage_ends(at in 0_usize..88, with in any::<u8>()) {
            let mut bytes = two();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            prop_assert!(walk(&bytes) <= bytes.len());
        }
    }
}
