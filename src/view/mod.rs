//! See the map in the crate's documentation.

pub mod json;

#[cfg(test)]
mod specimen;
