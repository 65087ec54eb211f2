//! How packets that we put on lo are told from those of sockets: by their source MAC, which on lo
//! is all zero otherwise. The first byte has the bit of addresses that nobody assigned set.

/// The serial number of a packet that we injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

/// What the source MAC of a frame on lo says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameTag {
    /// A socket sent it.
    None,
    /// We injected it.
    Ours(Tag),
    /// A packet that was taken, on its way to its receiver at last. It isn't a new packet: it has
    /// been seen before it was taken. Only [`Method::Ingress`](super::Method::Ingress) does this.
    Passing,
}

const OURS: [u8; 2] = [0x02, 0xdd];
const PASSING: [u8; 6] = [0x02, 0xde, 0, 0, 0, 0];

/// What the source MAC of an Ethernet frame says.
pub fn tag_of(frame: &[u8]) -> FrameTag {
    frame.get(6..12).map_or(FrameTag::None, of_address)
}

/// What a MAC says; bytes after the first six don't matter.
pub(super) fn of_address(mac: &[u8]) -> FrameTag {
    let Some(mac) = mac.first_chunk::<6>() else { return FrameTag::None };
    let [first, second, a, b, c, d] = *mac;
    if [first, second] == OURS {
        FrameTag::Ours(Tag(u32::from_be_bytes([a, b, c, d])))
    } else if *mac == PASSING {
        FrameTag::Passing
    } else {
        FrameTag::None
    }
}

/// The other way round.
#[cfg(any(test, target_os = "linux"))]
pub(super) fn address_of(tag: FrameTag) -> [u8; 6] {
    match tag {
        FrameTag::None => [0; 6],
        FrameTag::Ours(Tag(serial)) => {
            let [first, second] = OURS;
            let [a, b, c, d] = serial.to_be_bytes();
            [first, second, a, b, c, d]
        }
        FrameTag::Passing => PASSING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_survives_its_address() {
        for tag in [
            FrameTag::None,
            FrameTag::Passing,
            FrameTag::Ours(Tag(0)),
            FrameTag::Ours(Tag(1)),
            FrameTag::Ours(Tag(u32::MAX)),
        ] {
            let frame = [[0xff; 6].as_slice(), &address_of(tag), &[8, 0, 0x45]].concat();
            assert_eq!(tag_of(&frame), tag);
        }
    }

    #[test]
    fn a_frame_cut_short_has_no_tag() {
        let frame = [[0; 6], address_of(FrameTag::Ours(Tag(7)))].concat();
        for length in 0..12 {
            assert_eq!(tag_of(&frame[..length]), FrameTag::None);
        }
    }
}
