//! Where the cells of a conversation stand: by the screen's width alone.

/// One line, two rows, or words that wrap: whatever the screen has room for.
#[derive(Debug, Clone, Copy)]
pub enum Layout {
    /// One line for each conversation.
    Lines(Lines),
    /// A row for each end.
    Rows(Rows),
    /// Words, in so many columns.
    Words(usize),
}

/// From here on there is room for one line.
const ONE_LINE: usize = 143;
/// From here on there is room for two rows.
const TWO_ROWS: usize = 80;
/// Columns that words about an end take more than their short forms.
const WORDY: usize = 11;
/// The same of words about an opening.
const WORDY_OPENING: usize = 8;
/// From here on there is room for one line with words in full.
const WORDY_LINE: usize = ONE_LINE + WORDY + WORDY_OPENING;
/// `255.255.255.255:65535`
const IPV4: usize = 21;
/// The longest that IPv6 has, with its port.
const IPV6: usize = 47;

impl Layout {
    /// For so many columns; without a bound, one line each.
    pub fn new(columns: Option<usize>) -> Layout {
        match columns {
            None => Layout::Lines(Lines { is_bounded: false, name: 64, ..Lines::new(WORDY_LINE) }),
            Some(columns @ ONE_LINE..) => Layout::Lines(Lines::new(columns)),
            Some(columns @ TWO_ROWS..) => Layout::Rows(Rows::new(columns)),
            Some(columns) => Layout::Words(columns.max(24)),
        }
    }
}

/// The columns of two rows: where left-aligned cells begin, and before which right-aligned ones
/// end.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// The stream's number ends.
    pub number: usize,
    /// The address begins.
    pub address: usize,
    /// The number of segments ends.
    pub segments: usize,
    /// The bytes end.
    pub bytes: usize,
    /// The number of retransmissions ends.
    pub again: usize,
    /// The state begins.
    pub state: usize,
    /// The time ends.
    pub time: usize,
    /// How it was opened, or ended, begins.
    pub word: usize,
    /// Whether there is room for words in full.
    pub is_wordy: bool,
}

impl Rows {
    fn new(columns: usize) -> Rows {
        let is_wordy = columns >= TWO_ROWS + WORDY;
        let spare = columns - TWO_ROWS - if is_wordy { WORDY } else { 0 };
        let address = IPV4 + spare.min(IPV6 - IPV4);
        let segments = 6 + address + 6;
        Rows {
            number: 4,
            address: 6,
            segments,
            bytes: segments + 8,
            again: segments + 13,
            state: segments + 15,
            time: segments + 35,
            word: segments + 37,
            is_wordy,
        }
    }
}

/// The columns of one line.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    /// The stream's number ends.
    pub number: usize,
    /// The addresses begin.
    pub ends: usize,
    /// Room for one address.
    pub name: usize,
    /// How it was opened begins.
    pub opened: usize,
    /// When it began ends.
    pub start: usize,
    /// How long it took ends.
    pub took: usize,
    /// Segments and bytes end, in either direction.
    pub each_way: [(usize, usize); 2],
    /// The number of retransmissions ends.
    pub again: usize,
    /// The two states begin.
    pub states: [usize; 2],
    /// How it ended begins.
    pub ended: usize,
    /// Whether there is room for words in full.
    pub is_wordy: bool,
    /// Whether there is a screen to keep to.
    pub is_bounded: bool,
}

impl Lines {
    fn new(columns: usize) -> Lines {
        let is_wordy = columns >= WORDY_LINE;
        let opened_more = if is_wordy { WORDY_OPENING } else { 0 };
        let spare = columns - if is_wordy { WORDY_LINE } else { ONE_LINE };
        let name = 18 + (spare / 2).min(IPV6 - 18);
        let opened = 6 + 2 * name + 3 + 1;
        let start = opened + 8 + opened_more + 8;
        let took = start + 8;
        let again = took + 6 + 8 + 6 + 8 + 5;
        Lines {
            number: 4,
            ends: 6,
            name,
            opened,
            start,
            took,
            each_way: [(took + 6, took + 14), (took + 20, took + 28)],
            again,
            states: [again + 2, again + 16],
            ended: again + 30,
            is_wordy,
            is_bounded: true,
        }
    }
}
