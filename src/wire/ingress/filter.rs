//! Which packets are taken, as a program of the classic packet filter (`bpf(4)`, the kernel's
//! `networking/filter.rst`). The same program runs twice on each packet: at the packet socket that
//! copies and at the filter that drops.

use libc::{
    BPF_ABS, BPF_B, BPF_H, BPF_JEQ, BPF_JGT, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, SKF_AD_MARK,
    SKF_AD_OFF, SKF_AD_PKTTYPE,
};

use crate::wire::{EXEMPT, ICMPV6_ECHO_REPLY};

/// One instruction: `struct sock_filter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Instruction {
    pub code: u16,
    pub jump_true: u8,
    pub jump_false: u8,
    pub operand: u32,
}

/// What the copying program returns for a packet: all of it is wanted.
pub const COPY: u32 = u32::MAX;

/// A program that returns 0 for all packets.
pub fn nothing() -> Vec<Instruction> {
    vec![give(0)]
}

/// A program for Ethernet frames that returns `taken` for those that are taken, and 0 for others:
/// TCP, UDP and ICMP on their way in, without the mark of those that pass by.
pub fn taking(taken: u32) -> Vec<Instruction> {
    let load = |size: u32, at: u32| step(BPF_LD | size | BPF_ABS, at);
    let metadata = |which: i32| load(BPF_W, (SKF_AD_OFF + which).cast_unsigned());
    let byte = |at: u32| load(BPF_B, at);
    let is = |value: u32, then: Label| jump(BPF_JEQ, value, then);
    let program = [
        metadata(SKF_AD_PKTTYPE),
        is(u32::from(libc::PACKET_OUTGOING), Label::Pass),
        metadata(SKF_AD_MARK),
        is(EXEMPT, Label::Pass),
        load(BPF_H, ETHERTYPE),
        is(0x0800, Label::V4),
        is(0x86dd, Label::V6),
        end(Label::Pass),
        mark(Label::V4),
        byte(IP + 9),
        is(TCP, Label::Take),
        is(UDP, Label::Take),
        is(ICMP, Label::Take),
        end(Label::Pass),
        mark(Label::V6),
        byte(IP + 6),
        is(TCP, Label::Take),
        is(UDP, Label::Take),
        is(ICMPV6, Label::Icmpv6),
        is(FRAGMENT, Label::Fragment),
        end(Label::Pass),
        mark(Label::Icmpv6),
        byte(IP + 40),
        jump(BPF_JGT, ICMPV6_ECHO_REPLY.into(), Label::Pass),
        end(Label::Take),
        // A fragment's header starts with what it is a fragment of.
        mark(Label::Fragment),
        byte(IP + 40),
        is(TCP, Label::Take),
        is(UDP, Label::Take),
        mark(Label::Pass),
        Line::Instruction(give(0)),
        mark(Label::Take),
        Line::Instruction(give(taken)),
    ];
    assemble(&program)
}

/// Where things are in a frame.
const ETHERTYPE: u32 = 12;
const IP: u32 = 14;

/// IANA's numbers of protocols.
const ICMP: u32 = 1;
const TCP: u32 = 6;
const UDP: u32 = 17;
const FRAGMENT: u32 = 44;
const ICMPV6: u32 = 58;

/// A place to jump to. Jumps only lead onward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    V4,
    V6,
    Icmpv6,
    Fragment,
    Pass,
    Take,
}

#[derive(Debug, Clone, Copy)]
enum Line {
    Instruction(Instruction),
    /// To the label if the condition holds, else on.
    Jump {
        condition: u32,
        operand: u32,
        to: Label,
    },
    /// To the label.
    End(Label),
    Mark(Label),
}

fn step(code: u32, operand: u32) -> Line {
    Line::Instruction(Instruction { code: code as u16, jump_true: 0, jump_false: 0, operand })
}

fn give(value: u32) -> Instruction {
    Instruction { code: (BPF_RET | BPF_K) as u16, jump_true: 0, jump_false: 0, operand: value }
}

fn jump(condition: u32, operand: u32, to: Label) -> Line {
    Line::Jump { condition, operand, to }
}

fn end(to: Label) -> Line {
    Line::End(to)
}

fn mark(label: Label) -> Line {
    Line::Mark(label)
}

fn assemble(lines: &[Line]) -> Vec<Instruction> {
    let is_code = |line: &&Line| !matches!(line, Line::Mark(_));
    let distance = |from: usize, to: Label| {
        let onward = lines.get(from + 1..).unwrap_or_default();
        let between = onward.iter().take_while(|line| !matches!(line, Line::Mark(l) if *l == to));
        between.filter(is_code).count()
    };
    lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| match *line {
            Line::Instruction(instruction) => Some(instruction),
            Line::Jump { condition, operand, to } => Some(Instruction {
                code: (BPF_JMP | condition | BPF_K) as u16,
                jump_true: distance(at, to) as u8,
                jump_false: 0,
                operand,
            }),
            Line::End(to) => Some(Instruction {
                code: (BPF_JMP | libc::BPF_JA) as u16,
                jump_true: 0,
                jump_false: 0,
                operand: distance(at, to) as u32,
            }),
            Line::Mark(_) => None,
        })
        .collect()
}
