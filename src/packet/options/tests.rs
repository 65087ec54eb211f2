use proptest::prelude::*;

use super::*;

/// What Linux sends with its SYN: MSS, SACK permitted, timestamps, NOP, window scale.
const LINUX_SYN: [u8; 20] = [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7];

#[test]
fn a_linux_syn_offers_five() {
    let options = walk(&LINUX_SYN);
    assert_eq!(
        options,
        [
            (TcpOption::MaximumSegmentSize(1460), 0..4),
            (TcpOption::SackPermitted, 4..6),
            (TcpOption::Timestamps { value: 9, echo: 0 }, 6..16),
            (TcpOption::NoOperation, 16..17),
            (TcpOption::WindowScale(7), 17..20),
        ]
    );
    let options = Options::from_bytes(&LINUX_SYN);
    assert_eq!(options.mss(), Some(1460));
    assert_eq!(options.window_scale(), Some(7));
    assert!(options.sack_permitted());
    assert_eq!(options.timestamps(), Some((9, 0)));
    assert_eq!(*options.sack_blocks(), []);
}

#[test]
fn an_unknown_option_ends_nothing() {
    let options = walk(&[34, 2, 254, 4, 0xf9, 0x89, 3, 3, 5]);
    assert_eq!(
        options,
        [
            (TcpOption::FastOpenCookie(vec![]), 0..2),
            (TcpOption::Other { kind: 254, data: vec![0xf9, 0x89] }, 2..6),
            (TcpOption::WindowScale(5), 6..9),
        ]
    );
}

#[test]
fn a_known_kind_with_another_length_is_kept_as_it_came() {
    let options = Options::from_bytes(&[2, 3, 9, 3, 3, 4]);
    assert_eq!(options.mss(), None);
    assert_eq!(options.window_scale(), Some(4));
    assert_eq!(walk(&[2, 3, 9])[0].0, TcpOption::Other { kind: 2, data: vec![9] });
}

#[test]
fn nothing_follows_the_end_of_the_list() {
    assert_eq!(
        walk(&[1, 0, 3, 3, 7]),
        [(TcpOption::NoOperation, 0..1), (TcpOption::EndOfList, 1..2)]
    );
    assert_eq!(Options::from_bytes(&[0, 3, 3, 7]).window_scale(), None);
}

#[test]
fn a_length_that_cannot_be_ends_the_walk() {
    for bytes in [&[1, 2, 0, 1, 1][..], &[1, 2, 1, 1, 1], &[1, 2, 5, 1, 1], &[1, 2]] {
        assert_eq!(
            walk(bytes),
            [(TcpOption::NoOperation, 0..1), (TcpOption::Malformed { kind: 2 }, 1..bytes.len())]
        );
    }
}

#[test]
fn a_user_timeout_may_count_minutes() {
    // RFC 5482, section 3.1: the first bit is the granularity.
    assert_eq!(walk(&[28, 4, 0x00, 0x1e])[0].0, TcpOption::UserTimeout(30));
    assert_eq!(walk(&[28, 4, 0x80, 0x1e])[0].0, TcpOption::UserTimeout(1800));
}

#[test]
fn what_does_not_fit_in_a_header_is_left_out() {
    let options: Options =
        std::iter::repeat_n(TcpOption::Timestamps { value: 1, echo: 2 }, 5).collect();
    assert_eq!(options.iter().count(), 4);
}

fn any_option() -> impl Strategy<Value = TcpOption> {
    let block = (any::<u32>(), any::<u32>())
        .prop_map(|(left, right)| SackBlock { left: SeqNumber(left), right: SeqNumber(right) });
    prop_oneof![
        Just(TcpOption::NoOperation),
        any::<u16>().prop_map(TcpOption::MaximumSegmentSize),
        any::<u8>().prop_map(TcpOption::WindowScale),
        Just(TcpOption::SackPermitted),
        prop::collection::vec(block, 1..4).prop_map(TcpOption::Sack),
        (any::<u32>(), any::<u32>())
            .prop_map(|(value, echo)| TcpOption::Timestamps { value, echo }),
        (0..0x8000u32).prop_map(TcpOption::UserTimeout),
        prop::collection::vec(any::<u8>(), 0..16).prop_map(TcpOption::FastOpenCookie),
        (35..=255u8, prop::collection::vec(any::<u8>(), 0..16))
            .prop_map(|(kind, data)| TcpOption::Other { kind, data }),
    ]
}

proptest! {
    #[test]
    fn places_follow_each_other_within_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut end = 0;
        for (_, place) in walk(&bytes) {
            prop_assert_eq!(place.start, end);
            prop_assert!(place.end > place.start && place.end <= bytes.len());
            end = place.end;
        }
    }

    #[test]
    fn the_accessors_agree_with_the_walk(bytes in prop::collection::vec(any::<u8>(), 0..=40)) {
        let options = Options::from_bytes(&bytes);
        prop_assert_eq!(options.iter().collect::<Vec<_>>(), walk(&bytes));
        let sack = options.iter().find_map(|(option, _)| match option {
            TcpOption::Sack(blocks) => Some(blocks),
            _ => None,
        });
        prop_assert_eq!(options.sack_blocks().to_vec(), sack.unwrap_or_default());
    }

    #[test]
    fn what_was_written_is_read(option in any_option()) {
        let options: Options = [option.clone()].into_iter().collect();
        prop_assert_eq!(options.iter().map(|(option, _)| option).collect::<Vec<_>>(), [option]);
    }
}
