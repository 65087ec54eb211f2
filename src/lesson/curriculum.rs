//! What there is to learn: the rows of the curriculum, and the misconceptions to disprove.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::Lesson;

/// Most of the misconceptions' numbers.
pub const MISCONCEPTIONS: u8 = 36;

/// The rows' letters, and how many rows each has.
const ROWS: [(char, u8); 5] = [('A', 4), ('B', 8), ('C', 4), ('D', 3), ('E', 7)];

/// A row of the curriculum: `A1` to `E7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    letter: char,
    number: u8,
}

impl Row {
    /// Every row, in order.
    pub fn all() -> impl Iterator<Item = Row> {
        ROWS.into_iter()
            .flat_map(|(letter, most)| (1..=most).map(move |number| Row { letter, number }))
    }
}

impl FromStr for Row {
    type Err = ();

    fn from_str(text: &str) -> Result<Row, ()> {
        Row::all().find(|row| row.to_string() == text).ok_or(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.letter, self.number)
    }
}

/// Which lessons teach what: names by row, and by misconception.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taught {
    /// Every row of the curriculum, with the lessons that have it done and checked.
    pub rows: BTreeMap<Row, Vec<String>>,
    /// Every misconception, with the lessons that disprove it.
    pub misconceptions: BTreeMap<u8, Vec<String>>,
}

impl Taught {
    /// By these lessons.
    pub fn by<'a>(lessons: impl IntoIterator<Item = &'a Lesson>) -> Taught {
        let mut taught = Taught {
            rows: Row::all().map(|row| (row, Vec::new())).collect(),
            misconceptions: (1..=MISCONCEPTIONS).map(|number| (number, Vec::new())).collect(),
        };
        for lesson in lessons {
            for row in &lesson.rows {
                taught.rows.entry(*row).or_default().push(lesson.name.clone());
            }
            for number in &lesson.misconceptions {
                taught.misconceptions.entry(*number).or_default().push(lesson.name.clone());
            }
        }
        taught
    }

    /// What nobody teaches, as words: `B5`, `misconception 9`.
    pub fn missing(&self) -> Vec<String> {
        let rows = self.rows.iter().filter(|(_, by)| by.is_empty()).map(|(row, _)| row.to_string());
        let misconceptions = self.misconceptions.iter().filter(|(_, by)| by.is_empty());
        rows.chain(misconceptions.map(|(number, _)| format!("misconception {number}"))).collect()
    }
}
