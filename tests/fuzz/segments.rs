//! Segments out of a fuzzer's bytes.

/// TCP options that change what a tracker thinks: an MSS, a window scale, a SACK block.
const OPTIONS: [&[u8]; 4] =
    [&[], &[2, 4, 5, 180], &[3, 3, 7, 1], &[1, 1, 5, 10, 0, 0, 0, 9, 0, 0, 0, 19]];

/// A segment behind an IPv4 header from 127.0.0.1 to itself, and the nanoseconds before it. Ports
/// and numbers are few and near each other, so that segments meet.
pub fn segment(piece: [u8; 9]) -> (u64, Vec<u8>) {
    let [ports, flags, seq, ack, window, options, data, pause, scale] = piece;
    let options = OPTIONS[usize::from(options) % OPTIONS.len()];
    let len = 40 + options.len() + usize::from(data) % 9;
    let mut bytes = vec![0x45, 0, 0, len as u8, 0, 0, 0, 0, 64, 6, 0, 0];
    bytes.extend([127, 0, 0, 1, 127, 0, 0, 1]);
    bytes.extend([0, ports & 3, 0, ports >> 2 & 3]);
    for number in [seq, ack] {
        bytes.extend(i32::from(number as i8 / 4).to_be_bytes());
    }
    bytes.extend([(5 + options.len() as u8 / 4) << 4, flags, 0, window & 0x3f, 0, 0, 0, 0]);
    bytes.extend(options);
    bytes.resize(len, b'x');
    (u64::from(pause) << (scale % 32), bytes)
}
