//! The head of a ladder: whose lifelines these are.

use std::net::SocketAddr;

use super::shape::{STATE, Shape};
use crate::story::{EndName, Side};
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// One end's name and address.
#[derive(Debug, Clone)]
pub struct Lifeline {
    /// The learner's name, safe to show; none for an end that nobody here owns.
    pub name: Option<String>,
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
    /// Of an end at that address.
    pub fn of(end: &EndName, address: SocketAddr, look: Look) -> Lifeline {
        Lifeline { name: end.name.as_deref().map(|name| safe(name, look)), address }
    }

    /// `client 127.0.0.1:40112`; the address alone for an end without a name.
    pub fn words(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} {}", self.address),
            None => self.address.to_string(),
        }
    }

    fn row(&self, side: Side, shown: Shown) -> Row {
        let address = match shown {
            Shown::Whole => self.address.to_string(),
            Shown::Port | Shown::No => format!(":{}", self.address.port()),
        };
        let Some(name) = &self.name else { return Row::of(Meaning::Name(side), address) };
        let mut row = Row::of(Meaning::Name(side), name.clone());
        match shown {
            Shown::Whole | Shown::Port => row.put(Meaning::Quiet, format!(" {address}")),
            Shown::No => {}
        }
        row
    }
}
