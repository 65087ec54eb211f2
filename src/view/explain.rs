//! STUB
use super::Look;
use crate::story::*;
use crate::trace::*;
#[derive(Default)]
pub struct Told;
pub struct Blocked {
    pub socket: SocketId,
    pub function: &'static str,
    pub waits: Waiting,
    pub moved: usize,
    pub asked: usize,
    pub target: Option<Address>,
    pub since: Time,
}
#[derive(Clone, Copy)]
pub enum Waiting {
    Connection,
    Answer,
    Queue,
    Data,
    Room,
    Events,
    Linger,
}
impl Waiting {
    pub fn words(self) -> &'static str {
        ""
    }
}
pub fn after(_: &[&Moment], _: &Story, _: &mut Told) -> Vec<String> {
    vec![]
}
pub fn wrap(l: &[String], _: Look) -> String {
    l.iter().map(|l| format!("  {l}\n")).collect()
}
pub fn blocked(n: u32, b: &Blocked, _: &Story) -> String {
    format!("job {n}: {} is blocked", b.function)
}
pub fn standstill(_: &[Blocked], _: &Story) -> Vec<String> {
    vec![]
}
