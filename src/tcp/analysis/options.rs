//! The options that have a say in the analysis.

use crate::packet::Options;

/// What a segment's options change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heard {
    /// The shift count of the last window scale option: each counts until the next one.
    pub window_scale: Option<u8>,
    /// What Multipath TCP's options do, a bit for each subtype below 8 (RFC 8684, section 8.1);
    /// none if there is no such option.
    pub multipath: Option<u8>,
}

const WINDOW_SCALE: u8 = 3;
const MULTIPATH: u8 = 30;

impl Heard {
    pub fn of(options: &Options) -> Heard {
        let mut heard = Heard::default();
        let bytes = options.as_bytes();
        // Most segments carry nothing but two NOPs and timestamps (RFC 7323, appendix A).
        if bytes.is_empty() || (bytes.len() == 12 && bytes.starts_with(&[1, 1, 8, 10])) {
            return heard;
        }
        let mut rest = bytes;
        loop {
            rest = match *rest {
                [1, ref after @ ..] => after,
                [0, ..] | [] | [_] => return heard,
                [kind, len, ..] => {
                    let Some(data) = rest.get(2..usize::from(len)) else { return heard };
                    heard.option(kind, data);
                    &rest[usize::from(len)..]
                }
            };
        }
    }

    fn option(&mut self, kind: u8, data: &[u8]) {
        match (kind, data) {
            (WINDOW_SCALE, [shift]) => self.window_scale = Some((*shift).min(14)),
            (MULTIPATH, [first, ..]) => {
                let subtype = first >> 4;
                // MP_CAPABLE without a key is of no use.
                let is_heard = subtype > 0 || matches!(data.len(), 10 | 18 | 20 | 22);
                if is_heard {
                    let bit = 1u8.checked_shl(subtype.into()).unwrap_or(0);
                    self.multipath = Some(self.multipath.unwrap_or(0) | bit);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Heard {
        Heard::of(&Options::from_bytes(bytes))
    }

    #[test]
    fn the_last_window_scale_counts_and_fourteen_is_the_most() {
        // RFC 7323, section 2.3.
        assert_eq!(heard(&[3, 3, 7, 1, 3, 3, 200]).window_scale, Some(14));
        assert_eq!(heard(&[3, 3, 7, 0, 3, 3, 2]).window_scale, Some(7));
        assert_eq!(heard(&[3, 4, 7, 0]).window_scale, None);
    }

    #[test]
    fn multipath_options_are_told_apart() {
        assert_eq!(heard(&[30, 3, 0x20]).multipath, Some(4));
        assert_eq!(heard(&[30, 4, 0x80, 1]).multipath, Some(0));
        assert_eq!(heard(&[30, 4, 0, 1]).multipath, None);
        assert_eq!(heard(&[1, 1, 1, 1]), Heard::default());
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_walk() {
        for bytes in [&[3][..], &[3, 0, 7], &[3, 1, 7], &[3, 9, 7], &[5, 3], &[0, 3, 3, 7]] {
            assert_eq!(heard(bytes), Heard::default());
        }
    }
}
