//! The TOML at the head of a lesson's file.

use serde::Deserialize;
use toml::Spanned;

use super::document::Span;
use super::{MISCONCEPTIONS, Row};
use crate::command::SyntaxError;

/// What the head says.
#[derive(Debug, PartialEq)]
pub(super) struct FrontMatter {
    pub title: String,
    pub minutes: u32,
    pub needs: Vec<String>,
    pub rows: Vec<Row>,
    pub misconceptions: Vec<u8>,
    pub may_skip: bool,
    pub may_see_solution: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    title: String,
    #[serde(default)]
    minutes: u32,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    covers: Vec<Spanned<String>>,
    #[serde(default)]
    misconceptions: Vec<Spanned<u64>>,
    #[serde(default = "yes")]
    skip: bool,
    #[serde(default = "yes")]
    solution: bool,
}

fn yes() -> bool {
    true
}

/// Reads it; places are in the file.
pub(super) fn read(block: Span) -> Result<FrontMatter, SyntaxError> {
    let raw: Raw = toml::from_str(block.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        SyntaxError::new(block.at + span.start..block.at + span.end, error.message().to_owned())
            .expected(KEYS)
    })?;
    let place = |span: std::ops::Range<usize>| block.at + span.start..block.at + span.end;
    let rows = raw.covers.iter().map(|row| {
        row.get_ref().parse().map_err(|()| {
            let message = format!("the curriculum has no row {:?}", row.get_ref());
            SyntaxError::new(place(row.span()), message)
                .expected("A1 to A4, B1 to B8, C1 to C4, D1 to D3, E1 to E7")
        })
    });
    let misconceptions = raw.misconceptions.iter().map(|number| {
        u8::try_from(*number.get_ref())
            .ok()
            .filter(|number| (1..=MISCONCEPTIONS).contains(number))
            .ok_or_else(|| {
                let message = format!("there is no misconception {}", number.get_ref());
                SyntaxError::new(place(number.span()), message).expected("a number from 1 to 36")
            })
    });
    Ok(FrontMatter {
        rows: rows.collect::<Result<_, _>>()?,
        misconceptions: misconceptions.collect::<Result<_, _>>()?,
        title: raw.title,
        minutes: raw.minutes,
        needs: raw.needs,
        may_skip: raw.skip,
        may_see_solution: raw.solution,
    })
}

/// The title at the head of a file whose head is in order, without looking at the rest.
pub(super) fn title(file: &str) -> Option<String> {
    let (head, _) = file.strip_prefix("+++\n")?.split_once("\n+++")?;
    read(Span { at: 0, text: head }).ok().map(|head| head.title)
}

const KEYS: &str =
    "title = \"…\", and if needed minutes, needs, covers, misconceptions, skip, solution";
