//! Runs socket calls on real file descriptors.

mod request;
pub use request::Request;
