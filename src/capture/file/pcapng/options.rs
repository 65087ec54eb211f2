//! Options of a block (draft-ietf-opsawg-pcapng, section 3.5).

use super::super::error::Damage;
use super::super::order::{Order, at};

/// `opt_endofopt`
const END: u16 = 0;

/// Walks over options: each one's code and value.
pub(super) struct Options<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Options<'a> {
    pub fn new(options: &'a [u8], order: Order) -> Options<'a> {
        Options { rest: options, order }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u16, &'a [u8]), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() {
            return None;
        }
        let Some((head, rest)) = rest.split_first_chunk::<4>() else {
            return Some(Err(Damage::Option { code: END, length: 0 }));
        };
        let code = self.order.u16(at(head, 0));
        let length = self.order.u16(at(head, 2));
        if code == END {
            return None;
        }
        let padded = usize::from(length).next_multiple_of(4);
        let (Some(value), Some(rest)) = (rest.get(..usize::from(length)), rest.get(padded..))
        else {
            return Some(Err(Damage::Option { code, length }));
        };
        self.rest = rest;
        Some(Ok((code, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> Vec<Result<(u16, &[u8]), Damage>> {
        Options::new(bytes, Order::Big).collect()
    }

    #[test]
    fn they_end_where_they_say_or_where_their_block_ends() {
        let one = b"\0\x01\0\x02hi\0\0";
        assert_eq!(walk(one), [Ok((1, &b"hi"[..]))]);
        let ended = [&one[..], b"\0\0\0\0", one].concat();
        assert_eq!(walk(&ended), [Ok((1, &b"hi"[..]))]);
        assert_eq!(walk(b"\0\x01\0\0\0\x02\0\0"), [Ok((1, &b""[..])), Ok((2, &b""[..]))]);
        assert_eq!(walk(b""), []);
    }

    #[test]
    fn one_that_does_not_fit_is_damage() {
        let wanted = [Err(Damage::Option { code: 1, length: 2 })];
        assert_eq!(walk(b"\0\x01\0\x02hi\0"), wanted);
        assert_eq!(walk(b"\0\x01\0\x02"), wanted);
        assert_eq!(walk(b"\0\x01"), [Err(Damage::Option { code: 0, length: 0 })]);
    }
}
