//! The classic format and its variants.

use super::*;

const BOTH: [Write; 2] = [Little, Big];
const TIMES: [(u32, u32); 3] = [(1, 2), (3, 999_999), (u32::MAX, 0)];

/// A file of three packets, behind each header's numbers `more`.
fn file(write: Write, magic: u32, version: (u16, u16), link: u32, more: &[u8]) -> Vec<u8> {
    let mut file = write.classic(magic, version, link);
    for time in TIMES {
        file.extend(write.packet(time, b"\x45packet", more));
    }
    file
}

fn wanted(unit: u64, link: LinkType) -> Vec<Shown> {
    let nanoseconds = |(s, f): (u32, u32)| u64::from(s) * 1_000_000_000 + u64::from(f) * unit;
    TIMES.map(|time| shown(nanoseconds(time), link, b"\x45packet", 0)).to_vec()
}

#[test]
fn either_byte_order_and_resolution() {
    for write in BOTH {
        let micro = file(write, 0xa1b2_c3d4, (2, 4), 1, &[]);
        assert_eq!(frames(&micro), (wanted(1000, LinkType::ETHERNET), None));
        let nano = file(write, 0xa1b2_3c4d, (2, 4), 113, &[]);
        assert_eq!(frames(&nano), (wanted(1, LinkType(113)), None));
    }
}

#[test]
fn variants_with_more_in_each_header() {
    for write in BOTH {
        let mut modified = write.u32(2).to_vec();
        modified.extend([&write.u16(0x800)[..], &[0, 0]].concat());
        let smp = [&modified[..], &[9; 4]].concat();
        let nokia = write.u32(0x9fbf_b601);
        for (magic, more) in [
            (0xa1b2_c3d4, &modified[..]),
            (0xa1b2_cd34, &modified),
            (0xa1b2_cd34, &smp),
            (0xa1b2_c3d4, &nokia),
        ] {
            let file = file(write, magic, (2, 4), 1, more);
            assert_eq!(frames(&file), (wanted(1000, LinkType::ETHERNET), None), "{more:?}");
        }
    }
}

#[test]
fn ixias_have_a_size_behind_the_header() {
    for write in BOTH {
        for (magic, unit) in [(0x1c00_01ac, 1), (0x1c00_01ab, 1000)] {
            let mut file = file(write, magic, (2, 4), 1, &[]);
            file.splice(24..24, [1, 2, 3, 4]);
            assert_eq!(frames(&file), (wanted(unit, LinkType::ETHERNET), None));
        }
    }
}

#[test]
fn before_version_2_3_the_lengths_are_swapped_and_in_2_3_perhaps() {
    for version in [(2, 0), (2, 2), (543, 0), (2, 3)] {
        let mut file = Little.classic(0xa1b2_c3d4, version, 1);
        file.extend(Little.u32s(&[1, 2, 9, 4]));
        file.extend(b"four");
        let wanted = shown(1_000_002_000, LinkType::ETHERNET, b"four", 0);
        assert_eq!(frames(&file), (vec![wanted], None), "{version:?}");
    }
    let unswapped = file(Little, 0xa1b2_c3d4, (2, 3), 1, &[]);
    assert_eq!(frames(&unswapped), (wanted(1000, LinkType::ETHERNET), None));
}

#[test]
fn aix_numbers_links_in_its_own_way_and_counts_nanoseconds() {
    for (number, link) in [(6, 1), (9, 6), (15, 10), (24, 0)] {
        let mut file = Big.classic(0xa1b2_c3d4, (2, 2), number);
        file.extend(Big.u32s(&[1, 2, 9, 4]));
        file.extend(b"four");
        let wanted = shown(1_000_000_002, LinkType(link), b"four", 0);
        assert_eq!(frames(&file), (vec![wanted], None));
    }
}

#[test]
fn link_types_are_the_registrys() {
    for (number, link) in [(12, 101), (14, 101), (101, 101), (0x3400_0001, 1), (228, 228)] {
        let file = file(Little, 0xa1b2_c3d4, (2, 4), number, &[]);
        assert_eq!(frames(&file), (wanted(1000, LinkType(link)), None));
    }
}

#[test]
fn cut_anywhere_it_gives_what_is_whole() {
    let whole = file(Little, 0xa1b2_c3d4, (2, 4), 1, &[]);
    let packet = 16 + 7;
    for end in 24..whole.len() {
        let (frames, broken) = frames(&whole[..end]);
        let (count, rest) = ((end - 24) / packet, (end - 24) % packet);
        assert_eq!(frames.len(), count);
        let at = (24 + count * packet) as u64;
        assert_eq!(broken, (rest > 0).then_some(Broken::Truncated { at }), "{end}");
    }
    for end in 4..24 {
        let wanted = format!("it ends after {end} bytes, before its first packet; ");
        assert!(refused(&whole[..end]).starts_with(&wanted));
    }
}

#[test]
fn a_packet_that_is_too_long_is_damage() {
    for (link, longest) in [(1, 262_144), (231, 134_217_728)] {
        let mut file = Little.classic(0xa1b2_3c4d, (2, 4), link);
        file.extend(Little.packet((1, 1), b"one", &[]));
        file.extend(Little.u32s(&[1, 1, longest + 1, longest + 1]));
        let (frames, broken) = frames(&file);
        assert_eq!(frames.len(), 1);
        let why = Damage::Length { length: longest + 1, longest };
        assert_eq!(broken, Some(Broken::Damaged { at: 43, why }));
    }
    let mut file = Little.classic(0xa1b2_3c4d, (2, 4), 1);
    file.extend(Little.packet((1, 1), &vec![7; 262_144], &[]));
    assert_eq!(frames(&file).0[0].2.len(), 262_144);
}

#[test]
fn a_version_before_2_is_refused() {
    let refused = refused(&file(Little, 0xa1b2_c3d4, (1, 9), 1, &[]));
    assert_eq!(refused, "it is a capture of format version 1.9, which is unknown");
}
