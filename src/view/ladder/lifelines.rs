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

/// Both ends' names over their columns, with addresses where there is room, and `title` between
/// them in place of the addresses.
pub fn heading(ends: &[Lifeline; 2], title: Option<Row>, shape: &Shape, look: Look) -> Row {
    let right_room = shape.width - shape.right_at();
    let left_room = match title {
        Some(_) => STATE - 1,
        None => STATE + shape.arrow / 2 - 1,
    };
    let addresses = if title.is_some() { [Shown::No; 1].as_slice() } else { shown(ends, shape) };
    let fits = |shown: &Shown| {
        let widths = ends.each_ref().map(|end| end.row(Side::A, *shown).width());
        widths[0] <= left_room && widths[1] <= right_room + shape.arrow / 2 - 1
    };
    let shown = addresses.iter().copied().find(fits).unwrap_or(Shown::No);
    let left = ends[0].row(Side::A, shown).cut(left_room, look);
    let right = ends[1].row(Side::B, shown);
    let right_at = shape.right_at().min(shape.width.saturating_sub(right.width()));
    let mut row = Row::default();
    row.pad_to(shape.arrow_at() - STATE);
    row.append(left);
    if let Some(title) = title {
        row.pad_to(shape.arrow_at());
        row.append(title.cut(right_at.saturating_sub(row.width() + 1), look));
    }
    row.pad_to(right_at.max(row.width() + 1));
    row.append(right);
    row.cut(shape.width, look)
}

/// How much of an address is shown.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// `127.0.0.1:8899`
    Whole,
    /// `:8899`
    Port,
    No,
}

/// What to try, best first. On one host, the port says it all.
fn shown(ends: &[Lifeline; 2], shape: &Shape) -> &'static [Shown] {
    if ends[0].address.ip() == ends[1].address.ip() && shape.width < 100 {
        &[Shown::Port]
    } else {
        &[Shown::Whole, Shown::Port]
    }
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
