//! The head of a ladder: whose lifelines these are.

use std::net::SocketAddr;

use super::shape::{STATE, Shape};
use crate::story::Side;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// One end's name and address.
#[derive(Debug, Clone)]
pub struct Lifeline {
    /// The learner's name, safe to show; `?` if it has none.
    pub name: String,
    /// Its address.
    pub address: SocketAddr,
}

/// What stands between the two names.
#[derive(Debug, Clone)]
pub enum Between {
    /// The ends' addresses, where there is room.
    Addresses,
    /// A title in their place.
    Title(Row),
    /// Nothing.
    Nothing,
}

/// Both ends' names over their columns.
pub fn heading(ends: &[Lifeline; 2], between: Between, shape: &Shape, look: Look) -> Row {
    let half = shape.arrow / 2 - 1;
    let left_room = match between {
        Between::Addresses | Between::Nothing => STATE + half,
        Between::Title(_) => STATE - 1,
    };
    let shown: &[Shown] = match between {
        // On one host, the port says it all.
        Between::Addresses
            if ends[0].address.ip() == ends[1].address.ip() && shape.width < SPACIOUS =>
        {
            &[Shown::Port]
        }
        Between::Addresses => &[Shown::Whole, Shown::Port],
        Between::Title(_) | Between::Nothing => &[],
    };
    let fits = |shown: &&Shown| {
        let widths = ends.each_ref().map(|end| end.row(Side::A, **shown).width());
        widths[0] <= left_room && widths[1] <= shape.width - shape.right_at() + half
    };
    let shown = shown.iter().find(fits).copied().unwrap_or(Shown::No);
    let left = ends[0].row(Side::A, shown).cut(left_room, look);
    let right = ends[1].row(Side::B, shown).cut(shape.width - shape.right_at() + half, look);
    let right_at = shape.right_at().min(shape.width - right.width());
    let mut row = Row::default();
    row.pad_to(shape.arrow_at() - STATE);
    row.append(left);
    if let Between::Title(title) = between {
        row.pad_to(shape.arrow_at());
        row.append(title.cut(right_at.saturating_sub(row.width() + 1), look));
    }
    row.pad_to(right_at);
    row.append(right);
    row
}

/// From this width on there is room for whole addresses.
const SPACIOUS: usize = 100;

/// How much of an address is shown.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// `127.0.0.1:8899`
    Whole,
    /// `:8899`
    Port,
    No,
}

impl Lifeline {
    fn row(&self, side: Side, shown: Shown) -> Row {
        let mut row = Row::of(Meaning::Name(side), self.name.clone());
        match shown {
            Shown::Whole => row.put(Meaning::Quiet, format!(" {}", self.address)),
            Shown::Port => row.put(Meaning::Quiet, format!(" :{}", self.address.port())),
            Shown::No => {}
        }
        row
    }
}
