//! IPv4's options (RFC 791, section 3.1): what they say of where the packet goes in the end.

use std::net::Ipv4Addr;

/// An option that is shorter than its fields: Wireshark reads no further in such a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooShort;

/// The last address of a loose (131) or strict (137) source route that isn't used up yet: the
/// packet's final destination, while its header has the next one on the way.
pub(super) fn destination(options: &[u8]) -> Result<Option<Ipv4Addr>, TooShort> {
    let (mut rest, mut found, mut is_first) = (options, None, true);
    loop {
        rest = match *rest {
            [1, ref after @ ..] => after,
            [0, ..] | [] | [_] | [_, 0..2, ..] => return Ok(found),
            [kind, len, ..] => {
                let Some((option, after)) = rest.split_at_checked(usize::from(len)) else {
                    return Ok(found);
                };
                if option.len() < shortest(kind, option) {
                    return Err(TooShort);
                }
                if is_first && matches!(kind, 131 | 137) {
                    (found, is_first) = (last(option), false);
                }
                after
            }
        };
    }
}

/// How long an option of that kind is at least, in bytes.
fn shortest(kind: u8, option: &[u8]) -> usize {
    match kind {
        // Record route and source routes; security and extended security (RFC 1108).
        7 | 130 | 131 | 133 | 137 => 3,
        // MTU probe and reply (RFC 1063), timestamp, stream identifier, router alert (RFC 2113).
        11 | 12 | 68 | 136 | 148 => 4,
        // Quick-Start (RFC 4782): a rate request and a report have a nonce.
        25 if option.get(2).is_some_and(|function| function & 0x70 != 0) => 3,
        25 => 8,
        // CIPSO's domain of interpretation.
        134 => 6,
        // Traceroute (RFC 1393).
        82 => 12,
        _ => 2,
    }
}

/// The last address of a route whose next one is at that place, counted from 1.
fn last(route: &[u8]) -> Option<Ipv4Addr> {
    let next = *route.get(2)?;
    let is_next = next >= 4 && next.is_multiple_of(4) && usize::from(next) < route.len();
    let addresses = route.get(3..).filter(|all| all.len().is_multiple_of(4) && is_next)?;
    addresses.last_chunk::<4>().map(|last| Ipv4Addr::from(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: Result<Option<Ipv4Addr>, TooShort> = Ok(Some(Ipv4Addr::new(8, 8, 8, 8)));

    fn route(kind: u8, next: u8) -> Vec<u8> {
        vec![kind, 11, next, 7, 7, 7, 7, 8, 8, 8, 8, 0]
    }

    #[test]
    fn a_route_that_goes_on_ends_at_its_last_address() {
        for kind in [131, 137] {
            assert_eq!(destination(&route(kind, 4)), LAST);
            assert_eq!(destination(&route(kind, 8)), LAST);
        }
        let before = [&[1, 0x99, 4, 0, 0, 1, 7, 3, 4][..], &route(131, 4)].concat();
        assert_eq!(destination(&before), LAST);
    }

    #[test]
    fn a_route_that_is_used_up_or_senseless_changes_nothing() {
        for next in [0, 3, 5, 12, 13, 255] {
            assert_eq!(destination(&route(131, next)), Ok(None), "{next}");
        }
        let mut short = route(131, 4);
        short[1] = 10;
        assert_eq!(destination(&short), Ok(None));
        assert_eq!(destination(&[&[0][..], &route(131, 4)].concat()), Ok(None));
        assert_eq!(destination(&[&route(131, 12)[..11], &route(131, 4)].concat()), Ok(None));
        assert_eq!(destination(&[&[7, 1][..], &route(131, 4)].concat()), Ok(None));
        assert_eq!(destination(&route(7, 4)), Ok(None), "record route");
    }

    #[test]
    fn an_option_has_room_for_its_fields() {
        for (option, is_long_enough) in [
            (&[130, 2][..], false),
            (&[130, 3, 0], true),
            (&[148, 3, 0], false),
            (&[148, 4, 0, 0], true),
            (&[25, 7, 0, 0, 0, 0, 0], false),
            (&[25, 3, 0x10], true),
            (&[200, 2], true),
        ] {
            assert_eq!(destination(option).is_ok(), is_long_enough, "{option:?}");
        }
    }
}
