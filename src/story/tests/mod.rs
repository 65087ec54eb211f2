//! What the fold tells of short stories.

mod causes;
mod contradictions;
mod fold;
mod incarnations;
mod kernel;
mod names;
mod numbers;
mod roles;
mod states;
mod stepped;
pub(crate) mod tale;
mod wire;
