//! Files that are no captures of ours, but that we know by how they begin.

use super::error::Unreadable;

/// How it begins, what it is, what to do.
const STRANGERS: [(&[u8], &str, &str); 14] = [
    (b"\x28\xb5\x2f\xfd", "something that zstd has compressed", "unpack it first: `zstd -d`"),
    (b"\x04\x22\x4d\x18", "something that lz4 has compressed", "unpack it first: `lz4 -d`"),
    (b"\xfd7zXZ\0", "something that xz has compressed", "unpack it first: `unxz`"),
    (b"BZh", "something that bzip2 has compressed", "unpack it first: `bunzip2`"),
    (b"PK\x03\x04", "a zip archive", "unpack it first: `unzip`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first: `7z x`"),
    (b"snoop\0\0\0", "Solaris' snoop format", "turn it into one: `editcap -F pcap`"),
    (b"RTSS", "Microsoft's Network Monitor's format", "turn it into one: `editcap -F pcap`"),
    (b"GMBU", "Microsoft's Network Monitor's format", "turn it into one: `editcap -F pcap`"),
    (b"TRSNIFF data", "NetXRay's or Sniffer's format", "turn it into one: `editcap -F pcap`"),
    (b"\x7fELF", "a program", "name the capture instead"),
    (b"<!DOCTYPE", "a web page", "download the capture itself, not the page about it"),
    (b"<html", "a web page", "download the capture itself, not the page about it"),
    (b"<?xml", "XML", "save packets as .pcapng: `tshark -w`, not -T pdml"),
];

/// Text: what a capture was printed as, not the capture.
const TEXT: Unreadable = Unreadable::Stranger {
    what: "text",
    remedy: "packets are saved by `tcpdump -w FILE`, not by printing them",
};

/// What begins so, if it is no capture.
pub(super) fn stranger(start: &[u8]) -> Unreadable {
    for (magic, what, remedy) in STRANGERS {
        if start.get(..magic.len()).is_some_and(|start| start.eq_ignore_ascii_case(magic)) {
            return Unreadable::Stranger { what, remedy };
        }
    }
    let printable = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let start = &start[..start.len().min(256)];
    if start.len() >= 8 && start.iter().all(printable) { TEXT } else { Unreadable::NoCapture }
}
