//! Low descriptor numbers, kept free for the learner while the program opens its own files: the
//! first socket is 3, as it would be in a program that does nothing else.

use std::fs::File;

/// Holds the numbers until it is dropped.
#[derive(Debug, Default)]
pub struct Reserve {
    _held: Vec<File>,
}

impl Reserve {
    /// More than the program itself opens.
    const NUMBERS: usize = 40;

    /// Takes the lowest free numbers. Where there is no `/dev/null`, none.
    pub fn take() -> Reserve {
        Reserve { _held: (0..Self::NUMBERS).map_while(|_| File::open("/dev/null").ok()).collect() }
    }
}
