//! `save FILE.pcap`: the classic capture file with nanosecond times (draft-ietf-opsawg-pcap), for
//! programs that know no pcapng.

use std::io::{self, Write};

use crate::trace::{Frame, LinkType, Time, Trace};

/// Writes the trace's frames, in order of arrival. The format holds one link type: that of the
/// first frame, Ethernet if there is none.
///
/// # Errors
/// Those of `out`, and [`io::ErrorKind::InvalidData`] if link types differ.
pub fn write(out: &mut impl Write, trace: &Trace) -> io::Result<()> {
    let mut frames = trace.kept_frames().peekable();
    let link = frames.peek().map_or(LinkType::ETHERNET, |(_, frame)| frame.link);
    header(out, link)?;
    for (time, frame) in frames {
        if frame.link != link {
            let why = "frames of two link types: pcap holds one, pcapng holds both";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        record(out, time, frame)?;
    }
    Ok(())
}

/// The most bytes of a frame that a file's reader must expect.
pub(super) const SNAP_LENGTH: u32 = 262_144;
/// The magic number that promises nanoseconds.
const MAGIC: u32 = 0xa1b2_3c4d;
const VERSION: [u16; 2] = [2, 4];

fn header(out: &mut impl Write, link: LinkType) -> io::Result<()> {
    out.write_all(&MAGIC.to_le_bytes())?;
    for number in VERSION {
        out.write_all(&number.to_le_bytes())?;
    }
    out.write_all(&[0; 8])?;
    out.write_all(&SNAP_LENGTH.to_le_bytes())?;
    out.write_all(&u32::from(link.0).to_le_bytes())
}

fn record(out: &mut impl Write, time: Time, frame: &Frame) -> io::Result<()> {
    let (seconds, nanos) = (time.0 / 1_000_000_000, time.0 % 1_000_000_000);
    let captured = frame.bytes.len() as u32;
    for number in [seconds as u32, nanos as u32, captured, frame.original_len] {
        out.write_all(&number.to_le_bytes())?;
    }
    out.write_all(&frame.bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::specimen::START;
    use super::*;

    #[test]
    fn the_file_is_readable_and_times_are_in_nanoseconds() {
        let mut trace = Trace::default();
        trace.append_frame(START, LinkType::ETHERNET, Arc::from(&[7; 60][..]), 1500);
        let file = tempfile::NamedTempFile::new().unwrap();
        write(&mut file.as_file(), &trace).unwrap();
        let nano = pcap::Precision::Nano;
        let mut read = pcap::Capture::from_file_with_precision(file.path(), nano).unwrap();
        let packet = read.next_packet().unwrap();
        assert_eq!(
            (packet.header.ts.tv_sec, packet.header.ts.tv_usec),
            (1_700_000_000, 123_456_789)
        );
        assert_eq!((packet.data, packet.header.len), (&[7; 60][..], 1500));
        assert!(read.next_packet().is_err());
    }

    #[test]
    fn a_second_link_type_is_refused() {
        let mut trace = Trace::default();
        trace.append_frame(START, LinkType::ETHERNET, Arc::from(&[0; 14][..]), 14);
        trace.append_frame(START, LinkType::NULL, Arc::from(&[0; 4][..]), 4);
        let refused = write(&mut Vec::new(), &trace).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}
