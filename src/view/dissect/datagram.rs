//! The UDP header.

use std::ops::Range;

use super::segment::{port_of, verdict};
use super::{Layer, Next, Reader, Section};
use crate::packet::Checksum;

/// A UDP datagram (RFC 768).
pub(super) fn datagram(
    reader: &Reader<'_>,
    range: Range<usize>,
) -> (Option<Section>, Option<Next>) {
    let context = if reader.quoted { super::Context::default() } else { reader.context };
    let mut header = reader.header(&range);
    header.number("Source Port", 0, 16, |port| port_of(port, context.from));
    header.number("Destination Port", 16, 16, |port| port_of(port, context.to));
    let len = header.number("Length", 32, 16, |len| match len {
        0 => "0: left to the network card to fill in".to_owned(),
        1..8 => format!("{len}: below 8, which cannot be"),
        _ => format!("{len}: 8 of this header and {} of data", len - 8),
    });
    header.number("Checksum", 48, 16, |sum| match (sum, reader.checksum()) {
        (0, _) => "0x0000: the sender chose none".to_owned(),
        (_, Checksum::Unknown) if reader.quoted => format!("{sum:#06x}"),
        (_, checksum) => format!("{sum:#06x}{}", verdict(checksum, sum)),
    });
    let title = if reader.quoted { "UDP, quoted" } else { "UDP" };
    let section = header.section(title, "RFC 768", 8);
    let end = match len {
        None | Some(0..8) => range.end,
        Some(len) => range.end.min(range.start + len as usize),
    };
    let rest = (range.start + 8).min(end)..end;
    (Some(section), Some(Next { layer: Layer::Data(""), range: rest }))
}
