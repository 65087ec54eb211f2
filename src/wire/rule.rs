//! stub
use crate::packet::Packet;
use crate::trace::SocketId;
use std::time::Duration;
#[derive(Debug, Clone)]
pub struct Sender {
    pub name: String,
    pub socket: SocketId,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleId(pub u32);
#[derive(Debug, Default)]
pub struct Rules;
pub enum Ruling {
    Pass,
    Drop(RuleId),
    Duplicate(RuleId),
    Corrupt(RuleId),
    Delay(RuleId, Duration),
    Reorder(RuleId),
}
impl Rules {
    pub fn is_empty(&self) -> bool {
        true
    }
    pub fn clear(&mut self) {}
    pub fn decide(&mut self, _p: &Packet, _f: impl Fn(&Sender) -> bool) -> Ruling {
        Ruling::Pass
    }
}
pub fn flip_one_bit(_b: &mut [u8]) -> bool {
    false
}
