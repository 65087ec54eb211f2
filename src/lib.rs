//! sockscope: type socket calls one at a time, and watch every segment they cause, with both ends'
//! TCP states, on a real kernel, without root.
//!
//! Everything that can be observed is a [fact](trace::Fact) in one append-only [trace]; everything
//! shown is derived from the trace.
//!
//! ```text
//!  typed line ─► command ─► sockets ──┐
//!  lo ─────────► capture ─────────────┼─► Fact ─► Trace ─► story ─┬─► view   ladder, table, JSON, pcapng
//!  lo input ───► wire (hold, drop…) ──┤                           ├─► judge  verdicts on expectations
//!  sock_diag ──► kernel ──────────────┘                                └─► lesson  what is asked, graded
//!  any file ───► reading ─────────────────────────► story ───► view   conversations, ladders, rows
//! ```
//!
//! | room | what lives there |
//! |---|---|
//! | [`trace`] | what was observed: facts, events, the trace; socket and call identities; the clock |
//! | [`packet`] | bytes → segments, datagrams, ICMP messages |
//! | [`tcp`] | the eleven states, stimuli, the transition table, sequence space, analysis flags |
//! | [`story`] | the fold: trace → connections, states, roles, causes |
//! | [`view`] | story → bytes: ladder, tables, dissection, JSON, pcapng; paint and sanitize |
//! | [`command`] | the language: catalogue, parser, completion, help |
//! | [`sockets`] | runs calls on real file descriptors; options; pending calls |
//! | [`capture`] | libpcap on loopback, on its own thread; our own reader of files; whether we may capture |
//! | [`network`] | the private user and network namespace, or the host's |
//! | [`wire`] | stands between tap and receiver: holds, loses, doubles, delays, swaps, damages |
//! | [`kernel`] | the kernel's own word on states: sock_diag and TCP_INFO |
//! | [`judge`] | (story, expectation) → verdict with evidence |
//! | [`lesson`] | Markdown → lesson; answers and how they are graded; progress; a teacher's report |
//! | [`reading`] | captures of any length through the fold: frames, conversations |
//! | [`lab`] | owns the trace and joins the parts |
//! | [`session`] | one learner at work: runs a command, settles, shows |
//! | [`repl`] | the prompt |
//! | [`cli`] | arguments, scripts, exit codes, doctor, demo |

pub mod capture;
pub mod cli;
pub mod command;
pub mod judge;
pub mod kernel;
pub mod lab;
pub mod lesson;
pub mod network;
pub mod packet;
pub mod reading;
pub mod repl;
pub mod session;
pub mod sockets;
pub mod story;
pub mod tcp;
pub mod trace;
pub mod view;
pub mod wire;
