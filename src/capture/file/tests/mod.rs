//! Whole files, built by hand.

mod any_bytes;
mod classics;
mod inputs;
mod pcapngs;

use super::by_hand::{Big, Little, Write};
use super::{Broken, Damage, NO_LINK, Reader, Unreadable};
use crate::trace::LinkType;

/// A frame: nanoseconds, link type, bytes, original length, interface, comment.
type Shown = (u64, u16, Vec<u8>, u32, u32, Option<Vec<u8>>);

fn opened(file: &[u8]) -> Result<Reader, Unreadable> {
    Reader::new(std::io::Cursor::new(file.to_vec()))
}

/// All frames, and the error that ends them.
fn frames_of(mut reader: Reader) -> (Vec<Shown>, Option<Broken>) {
    let mut frames = Vec::new();
    let end = loop {
        match reader.next_frame() {
            Ok(Some(frame)) => frames.push((
                frame.time.0,
                frame.link.0,
                frame.bytes.to_vec(),
                frame.original_len,
                frame.interface,
                frame.comment.map(<[u8]>::to_vec),
            )),
            Ok(None) => break None,
            Err(broken) => break Some(broken),
        }
    };
    assert_eq!(reader.next_frame(), Ok(None), "after the end there is nothing");
    (frames, end)
}

fn frames(file: &[u8]) -> (Vec<Shown>, Option<Broken>) {
    frames_of(opened(file).unwrap())
}

fn refused(file: &[u8]) -> String {
    opened(file).err().unwrap().to_string()
}

fn shown(time: u64, link: LinkType, bytes: &[u8], interface: u32) -> Shown {
    (time, link.0, bytes.to_vec(), bytes.len() as u32 + 5, interface, None)
}
