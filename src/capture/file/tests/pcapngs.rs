//! The pcapng format.

use super::*;

/// A section with one interface of raw IP, then these blocks.
fn raw(blocks: &[&[u8]]) -> Vec<u8> {
    let mut file = [Little.section(&[]), Little.interface(101, 0, &[])].concat();
    file.extend(blocks.concat());
    file
}

fn damage(blocks: &[&[u8]]) -> (usize, Damage) {
    let file = raw(&[&[&one()[..]], blocks].concat());
    let (frames, broken) = frames(&file);
    let Some(Broken::Damaged { why, .. }) = broken else { panic!("{broken:?}") };
    (frames.len(), why)
}

/// A packet of a second.
fn one() -> Vec<u8> {
    Little.enhanced(0, 1_000_000, b"\x45one", &[])
}

fn is_one(interface: u32) -> Shown {
    shown(1_000_000_000, LinkType::RAW, b"\x45one", interface)
}

#[test]
fn sections_have_byte_orders_and_interfaces_of_their_own() {
    let nano = Big.option(9, &[9]);
    let offset = Big.option(14, &Big.u64(10));
    let file = [
        Little.section(&[]),
        Little.interface(101, 0, &[]),
        Little.interface(1, 0, &[]),
        Little.enhanced(1, 1_000_000, b"first", &[]),
        Big.section(&[]),
        Big.interface(12, 0, &[]),
        Big.interface(113, 0, &[nano, offset].concat()),
        Big.enhanced(0, 1_000_000, b"\x45one", &[]),
        Big.obsolete(1, 2_000_000_001, b"third"),
    ];
    let wanted = vec![
        shown(1_000_000_000, LinkType::ETHERNET, b"first", 1),
        is_one(0),
        shown(12_000_000_001, LinkType(113), b"third", 1),
    ];
    assert_eq!(frames(&file.concat()), (wanted, None));
}

#[test]
fn an_offset_before_1970_is_1970() {
    let offset = Little.option(14, &Little.u64(-1000_i64 as u64));
    let file = [Little.section(&[]), Little.interface(101, 0, &offset), one()].concat();
    assert_eq!(frames(&file).0[0].0, 0);
}

#[test]
fn simple_packets_are_cut_at_the_snap_length_and_have_no_time() {
    let section = Little.section(&[]);
    let file = [
        &section[..],
        &Little.interface(101, 4, &[]),
        &Little.simple(9, b"four"),
        &Little.simple(2, b"tw"),
        &section,
        &Little.interface(1, 0, &[]),
        &Little.simple(5, b"whole"),
    ];
    let wanted = vec![
        (0, 101, b"four".to_vec(), 9, 0, None),
        (0, 101, b"tw".to_vec(), 2, 0, None),
        (0, 1, b"whole".to_vec(), 5, 0, None),
    ];
    assert_eq!(frames(&file.concat()), (wanted, None));
}

#[test]
fn what_wireshark_counts_as_a_frame_is_one() {
    let file = raw(&[
        &one(),
        &Little.block(9, b"MESSAGE=hello\n\0\0\0"),
        &Little.block(0xbad, b"\x01\x02\0\0custom"),
        &Little.block(0x4000_0bad, b"\x01\x02\0\0"),
        &Little.block(0x204, &[1; 24]),
        &Little.block(5, &[0; 12]),
        &Little.block(10, &[0; 8]),
        &Little.block(0x7777, b"unknown"),
        &one(),
    ]);
    let (frames, broken) = frames(&file);
    assert_eq!(broken, None);
    let links: Vec<u16> = frames.iter().map(|frame| frame.1).collect();
    assert_eq!(links, [101, NO_LINK.0, NO_LINK.0, NO_LINK.0, NO_LINK.0, 101]);
    assert_eq!(frames[1].2, b"MESSAGE=hello\n");
}

#[test]
fn comments_and_names_are_kept() {
    let note = Little.option(1, b"a note");
    let options = [&Little.option(2, &[0; 4])[..], &note, &Little.option(1, b"two")].concat();
    let name = [&Little.u16(1)[..], &Little.u16(9), b"\x0a\0\0\x01home\0\0\0\0", &[0; 4]].concat();
    let file = [
        Little.section(&note),
        Little.interface(101, 0, &[]),
        Little.block(4, &name),
        Little.enhanced(0, 1, b"\x45", &options),
        one(),
        Little.section(&note),
    ];
    let mut reader = opened(&file.concat()).unwrap();
    assert_eq!(reader.next_frame().unwrap().unwrap().comment, Some(&b"a note"[..]));
    assert_eq!(reader.next_frame().unwrap().unwrap().comment, None);
    assert_eq!(reader.next_frame(), Ok(None));
    assert_eq!(reader.names().get(&[10, 0, 0, 1].into()), Some("home"));
    assert_eq!(reader.comments(), ["a note", "a note"]);
}

#[test]
fn lengths_without_padding_are_taken_for_what_was_meant() {
    let odd = [&Little.u32s(&[0x7777, 13])[..], b"a\0\0\0", &Little.u32(13)].concat();
    assert_eq!(frames(&raw(&[&odd, &one()])), (vec![is_one(0)], None));
}

#[test]
fn a_block_that_is_no_block_is_damage() {
    let block = |kind, length| Little.u32s(&[kind, length]);
    let short = |length, needed| Damage::ShortBlock { length, needed };
    let long = |length| Damage::LongBlock { length, longest: 134_348_832 };
    assert_eq!(damage(&[&block(6, 0)]), (1, short(0, 32)));
    assert_eq!(damage(&[&block(0x7777, 8)]), (1, short(8, 12)));
    assert_eq!(damage(&[&block(0x7777, u32::MAX)]), (1, long(4_294_967_296)));
    assert_eq!(damage(&[&block(6, 134_348_836)]), (1, long(134_348_836)));
    let mut wrong = one();
    let end = wrong.len() - 4;
    wrong[end] = 0;
    assert_eq!(damage(&[&wrong]), (1, Damage::Lengths { first: 36, last: 0 }));
    let magic = [&[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0][..], b"what"].concat();
    assert_eq!(damage(&[&magic]), (1, Damage::Magic(0x7768_6174)));
    let mut version = Little.section(&[]);
    version[14] = 3;
    assert_eq!(damage(&[&version]), (1, Damage::Version { major: 1, minor: 3 }));
}

#[test]
fn a_packet_that_does_not_fit_is_damage() {
    let none = Damage::Interface { interface: 7, described: 1 };
    assert_eq!(damage(&[&Little.enhanced(7, 0, b"", &[])]), (1, none));
    let mut longer = one();
    longer[20] = 5;
    assert_eq!(damage(&[&longer]), (1, Damage::ShortBlock { length: 36, needed: 40 }));
    let long = Little.enhanced(0, 0, &vec![0; 262_145], &[]);
    let wanted = Damage::Length { length: 262_145, longest: 262_144 };
    assert_eq!(damage(&[&long]), (1, wanted));
    let option = Little.enhanced(0, 0, b"", &[1, 0, 200, 0]);
    assert_eq!(damage(&[&option]), (1, Damage::Option { code: 1, length: 200 }));
    let flags = Little.enhanced(0, 0, b"", &Little.option(2, &[0; 2]));
    assert_eq!(damage(&[&flags]), (1, Damage::Option { code: 2, length: 2 }));
    assert_eq!(damage(&[&Little.block(4, &[1, 0, 200, 0])]), (1, Damage::Name));
}

#[test]
fn interfaces_are_bounded() {
    let interface = Little.interface(101, 0, &[]);
    let file = raw(&[&interface.repeat(65_536)]);
    let (frames, broken) = frames(&file);
    assert_eq!(frames, []);
    let Some(Broken::Damaged { why, .. }) = broken else { panic!("{broken:?}") };
    assert_eq!(why, Damage::Interfaces { most: 65_536 });
}

#[test]
fn cut_anywhere_it_gives_what_is_whole() {
    let before = raw(&[]).len();
    let unknown = Little.block(0x7777, &[7; 8]);
    let file = raw(&[&one(), &unknown, &one()]);
    let ends = [before, before + 36, before + 36 + 20, file.len()];
    for end in before..file.len() {
        let (frames, broken) = frames(&file[..end]);
        let at = ends.into_iter().filter(|begin| *begin <= end).max().unwrap();
        assert_eq!(frames.len(), usize::from(end >= before + 36), "{end}");
        let wanted = (at != end).then_some(Broken::Truncated { at: at as u64 });
        assert_eq!(broken, wanted, "{end}");
    }
    for end in 4..28 {
        let wanted = format!("it ends after {end} bytes, before its first packet; ");
        assert!(refused(&file[..end]).starts_with(&wanted), "{}", refused(&file[..end]));
    }
}
