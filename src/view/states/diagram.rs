//! The state diagram of RFC 9293, figure 5, with marks. One way is added to the RFC's: that from
//! FIN-WAIT-1 straight to TIME-WAIT (its note 2).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Look;
use crate::story::Side;
use crate::tcp::State;
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// Columns that it takes.
pub const WIDTH: usize = 80;

/// An end, and where it has been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it is called.
    pub name: String,
    /// Which of the two it is.
    pub side: Side,
    /// Its states in order; the last is where it is. Empty for an end that has said nothing.
    pub been: Vec<State>,
}

/// The diagram: heavy boxes where an end has been, `[name]` where it is.
pub fn diagram(marks: &[Mark], look: &Look) -> String {
    let mut grid = Grid::new();
    for mark in marks {
        let mut here = None;
        for (i, state) in mark.been.iter().enumerate() {
            let place = grid.place(*state, i > 0);
            grid.embolden(place);
            here = Some(place);
        }
        if let Some(place) = here {
            grid.label(place, mark, look);
        }
    }
    grid.text(look)
}

/// A state's box: the row of its name, the column of its left border, the one behind its right.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    left: usize,
    end: usize,
}

/// What stands in each column of each row. A wide character's second column is empty.
struct Grid(Vec<Vec<Cell>>);

#[derive(Clone)]
struct Cell {
    text: String,
    meaning: Meaning,
}

impl Cell {
    fn new(meaning: Meaning, text: impl Into<String>) -> Cell {
        Cell { text: text.into(), meaning }
    }
}

impl Grid {
    fn new() -> Grid {
        let row = |line: &str| {
            let cells = line.chars().map(|c| Cell::new(Meaning::Quiet, c));
            let blank = Cell::new(Meaning::Plain, ' ');
            cells.chain(std::iter::repeat(blank)).take(WIDTH).collect()
        };
        Grid(include_str!("diagram.txt").lines().map(row).collect())
    }

    /// Where a state's box is. CLOSED has two: where everything begins and where it ends.
    fn place(&self, state: State, last: bool) -> Place {
        let name = format!("│ {state} │");
        let find = |(row, cells): (usize, &Vec<Cell>)| {
            let line: String = cells.iter().map(|cell| cell.text.as_str()).collect();
            let line = line.replace('┃', "│");
            let left = line[..line.find(&name)?].chars().count();
            Some(Place { row, left, end: left + name.chars().count() })
        };
        let mut places = self.0.iter().enumerate().filter_map(find);
        let place = if last { places.next_back() } else { places.next() };
        place.expect("every state is in the diagram")
    }

    fn embolden(&mut self, place: Place) {
        for row in place.row - 1..=place.row + 1 {
            for cell in &mut self.0[row][place.left..place.end] {
                cell.meaning = Meaning::State;
                let heavy = match cell.text.as_str() {
                    "┌" => "┏",
                    "┐" => "┓",
                    "└" => "┗",
                    "┘" => "┛",
                    "─" => "━",
                    "│" => "┃",
                    _ => continue,
                };
                heavy.clone_into(&mut cell.text);
            }
        }
    }

    /// Writes `[name]` right of the box, above or below its middle, cut to the room there is.
    fn label(&mut self, place: Place, mark: &Mark, look: &Look) {
        const LEAST: usize = 5;
        let Mark { name, side, .. } = mark;
        let left = place.end + 1;
        for row in [place.row - 1, place.row + 1, place.row] {
            let free = self.0[row][place.end..].iter().take_while(|cell| cell.text == " ").count();
            let room = if left + free > WIDTH { free - 1 } else { free.saturating_sub(2) };
            if room >= LEAST.min(name.width() + 2) {
                return self.write(row, left, *side, &bracketed(name, room, look));
            }
        }
    }

    fn write(&mut self, row: usize, left: usize, side: Side, text: &str) {
        let mut column = left;
        for c in text.chars() {
            let width = c.width().unwrap_or(0);
            if width > 0 {
                let rest = Cell::new(Meaning::Plain, "");
                self.0[row][column] = Cell::new(Meaning::Name(side), c);
                self.0[row][column + 1..column + width].fill(rest);
                column += width;
            }
        }
    }

    fn text(&self, look: &Look) -> String {
        let line = |cells: &Vec<Cell>| {
            let mut row = Row::default();
            for run in cells.chunk_by(|one, next| one.meaning == next.meaning) {
                let text: String = run.iter().map(|cell| cell.text.as_str()).collect();
                let text = if look.ascii { text.chars().map(plain).collect() } else { text };
                row.put(run[0].meaning, text);
            }
            row.line(*look)
        };
        self.0.iter().map(line).collect()
    }
}

fn bracketed(name: &str, room: usize, look: &Look) -> String {
    if name.width() + 2 <= room {
        return format!("[{name}]");
    }
    let more = if look.ascii { "." } else { "…" };
    let mut used = 2 + more.width();
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    let shown: String = name.chars().take_while(fits).collect();
    format!("[{shown}{more}]")
}

fn plain(c: char) -> char {
    match c {
        '─' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' | '┴' => '+',
        '━' => '=',
        '┃' | '┏' | '┓' | '┗' | '┛' => '#',
        '▶' => '>',
        '◀' => '<',
        '▲' => '^',
        '▼' => 'v',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look =
        Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

    fn mark(name: &str, been: &[State]) -> Mark {
        Mark { name: name.to_owned(), side: Side::A, been: been.to_vec() }
    }

    fn half_closed() -> [Mark; 2] {
        use State::{CloseWait, Closed, Established, FinWait1, FinWait2, Listen};
        use State::{SynReceived, SynSent};
        [
            mark("client", &[Closed, SynSent, Established, FinWait1, FinWait2]),
            mark("conn", &[Listen, SynReceived, Established, CloseWait]),
        ]
    }

    #[test]
    fn both_ends_stand_at_their_states_and_their_way_is_heavy() {
        insta::assert_snapshot!(diagram(&half_closed(), &LOOK));
    }

    #[test]
    fn ascii_is_enough() {
        let shown = diagram(&half_closed(), &Look { ascii: true, ..LOOK });
        assert!(shown.is_ascii());
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn every_state_has_a_place_and_room_for_two_names() {
        for state in State::ALL {
            let marks = ["client", "server"].map(|name| mark(name, &[State::Closed, state]));
            let shown = diagram(&marks, &LOOK);
            for name in ["[client]", "[server]"] {
                assert_eq!(shown.matches(name).count(), 1, "{state}\n{shown}");
            }
            assert!(shown.lines().all(|line| line.width() <= WIDTH));
        }
    }

    #[test]
    fn who_has_ended_is_at_the_lower_closed() {
        let fresh = diagram(&[mark("a", &[State::Closed])], &LOOK);
        let ended = diagram(&[mark("a", &[State::SynSent, State::Closed])], &LOOK);
        let row = |shown: &str| shown.lines().position(|line| line.contains("[a]"));
        assert!(row(&fresh) < Some(3) && row(&ended) > Some(30));
    }

    #[test]
    fn a_name_without_room_is_cut() {
        let names = ["listener-of-everything", "客户端客户端客户端"];
        let marks = names.map(|name| mark(name, &[State::CloseWait]));
        let shown = diagram(&marks, &LOOK);
        assert!(shown.contains("[liste…]") && shown.contains("[客户…]"), "{shown}");
        assert!(shown.lines().all(|line| line.width() <= WIDTH), "{shown}");
    }
}
