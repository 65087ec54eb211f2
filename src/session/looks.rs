//! Commands that look, and those that are neither calls nor expectations.

use std::path::{Path, PathBuf};

use super::settings::SETTINGS;
use super::{Flow, Session, Stop, script};
use crate::command::{self, Command, Name, Spanned, Statement, Term, World};
use crate::kernel::TELLING;
use crate::network::QuickAckError;
use crate::network::settings as sysctl;
use crate::sockets::options;
use crate::story::ConnectionId;
use crate::view;

/// Scripts may run scripts this deep.
const DEEPEST: usize = 16;

impl Session {
    /// Runs a command that is neither a call nor an expectation.
    pub(super) fn look(&mut self, text: &str, statement: &Statement) -> Result<(), Stop> {
        match &statement.command {
            Command::Jobs => self.show_jobs(),
            Command::Sockets { name: None } => self.show_sockets(),
            Command::Sockets { name: Some(name) } => self.show_socket(text, name),
            Command::Counters => self.show_counters(text, &statement.span),
            Command::Watch { socket } => self.watch(text, socket),
            Command::Trace { name } => self.show_trace(text, name.as_ref()),
            Command::Packets => {
                self.lab.refresh();
                self.show_new()?;
                let shown = view::packets::packets(self.lab.story(), &self.settings.look);
                let none = match self.lab.capture_missing() {
                    Some(why) => {
                        let none = format!("No packets, for there is no capture: {why}");
                        view::explain::lines(&[none], self.settings.look)
                    }
                    None => "No packets yet.".to_owned(),
                };
                self.say_or(&shown, &none)
            }
            Command::Dissect { frame } => self.dissect(text, frame),
            Command::Why => self.why(),
            Command::States { name } => self.show_states(text, name.as_ref()),
            Command::Kernel { setting, value } => {
                self.kernel_setting(text, setting.as_ref(), value.as_deref())
            }
            Command::QuickAck { on } => {
                let result = self.lab.quickack(*on);
                let lacks = result == Err(QuickAckError::HostNetwork);
                self.or_fail(text, &statement.span, result).map_err(|stop| blame(stop, lacks))?;
                self.explain(if *on {
                    "ACKs are sent at once from now on."
                } else {
                    "ACKs may be delayed from now on, by up to 40 ms: Linux's own way."
                })
            }
            Command::Expire => self.expire(text, statement),
            Command::ResetConnection { socket } => self.reset_connection(text, socket),
            Command::Save { file } => self.save(text, file),
            Command::Read { file } => self.read(text, file),
            Command::Set { key, value } => self.set(text, key.as_ref(), value.as_ref()),
            Command::Help { word } => {
                let word = word.as_ref().map(|word| word.value.as_str());
                let help = command::help(word, &self.world(), self.settings.look.width);
                self.say(&help)
            }
            Command::Apropos { word } => {
                let found = command::apropos(word, &self.world(), self.settings.look.width);
                self.say(&found)
            }
            Command::History => {
                let lines: Vec<String> = self
                    .history
                    .iter()
                    .enumerate()
                    .map(|(number, line)| format!("{:>5}  {line}", number + 1))
                    .collect();
                self.say_or(&lines.join("\n"), "Nothing typed yet.")
            }
            Command::Step { .. }
            | Command::Next { .. }
            | Command::Flow
            | Command::Drop { .. }
            | Command::Dup { .. }
            | Command::Swap { .. }
            | Command::Corrupt { .. }
            | Command::Hold { .. }
            | Command::Forge { .. }
            | Command::Wire { .. } => self.on_the_wire(text, statement),
            // Done by `Session::statement`.
            Command::Wait { .. }
            | Command::Interrupt { .. }
            | Command::Source { .. }
            | Command::Reset
            | Command::Mark
            | Command::Sleep { .. }
            | Command::Lesson { .. }
            | Command::Quit
            | Command::Expect { .. }
            | Command::Timeout { .. }
            // Calls.
            | Command::Socket { .. }
            | Command::Bind { .. }
            | Command::Listen { .. }
            | Command::Connect { .. }
            | Command::Disconnect { .. }
            | Command::Accept { .. }
            | Command::Send { .. }
            | Command::Recv { .. }
            | Command::SendTo { .. }
            | Command::RecvFrom { .. }
            | Command::Shutdown { .. }
            | Command::Close { .. }
            | Command::SetSockOpt { .. }
            | Command::GetSockOpt { .. }
            | Command::GetSockName { .. }
            | Command::GetPeerName { .. }
            | Command::NonBlock { .. }
            | Command::Poll { .. } => Ok(()),
        }
    }

    /// What completion and help know of this session.
    pub(super) fn world(&self) -> World {
        let story = self.lab.story();
        let pending = self.lab.sockets().pending();
        let term = |name: &str, help: &str, values: &[&str]| Term {
            name: name.to_owned(),
            help: help.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        World {
            sockets: story
                .sockets()
                .iter()
                .filter(|socket| !socket.closed)
                .map(|socket| (socket.name.to_string(), socket.kind.word().to_owned()))
                .collect(),
            options: options::ALL.iter().map(|o| term(o.name, o.explanation, o.values)).collect(),
            settings: SETTINGS.iter().map(|s| term(s.key, s.help, s.values)).collect(),
            sysctls: sysctl::SETTINGS
                .iter()
                .map(|s| Term {
                    name: s.name.to_owned(),
                    help: s.about.to_owned(),
                    values: sysctl::values(s),
                })
                .collect(),
            lessons: self.lesson_terms(),
            counters: TELLING.iter().map(|c| term(c.name, c.about, &[])).collect(),
            jobs: self
                .lab
                .jobs()
                .waiting()
                .filter_map(|job| {
                    let call = pending.iter().find(|pending| pending.call == job.call)?;
                    Some((job.number, self.call_words(call)))
                })
                .collect(),
            held: Vec::new(),
        }
    }

    fn show_trace(&mut self, text: &str, name: Option<&Name>) -> Result<(), Stop> {
        let only = name.map(|name| self.named(text, name)).transpose()?;
        self.lab.refresh();
        self.show_new()?;
        let shown = view::ladder::whole(self.lab.story(), only, self.settings.look);
        self.say_or(&shown, "Nothing has happened yet. Try: server = socket tcp")
    }

    fn show_states(&mut self, text: &str, name: Option<&Name>) -> Result<(), Stop> {
        let only = name.map(|name| self.named(text, name)).transpose()?;
        self.lab.refresh();
        self.show_new()?;
        let story = self.lab.story();
        let connections: Vec<ConnectionId> = match only {
            None => story.connections().last().map(|c| c.id).into_iter().collect(),
            Some(socket) => story
                .connections()
                .iter()
                .filter(|c| c.ends.iter().any(|end| end.name.socket == Some(socket)))
                .map(|c| c.id)
                .collect(),
        };
        let shown = view::states::states(story, &connections, &self.settings.look);
        self.say(&shown)
    }

    fn expire(&mut self, text: &str, statement: &Statement) -> Result<(), Stop> {
        if !self.lab.network().is_private() {
            let problem = "expire needs the private network: on the host's it could end other \
                           programs' connections";
            self.fail(text, &statement.span, problem)?;
            return Err(Stop::Environment);
        }
        let result = match self.lab.kernel() {
            Some(kernel) => kernel.expire_time_waits(),
            None => Err(std::io::Error::from(std::io::ErrorKind::Unsupported)),
        };
        match result {
            Ok(count) => {
                self.lab.refresh();
                self.show_new()?;
                self.explain(&match count {
                    0 => "No end is in TIME-WAIT.".to_owned(),
                    1 => "One TIME-WAIT ended before its 60 s.".to_owned(),
                    n => format!("{n} TIME-WAITs ended before their 60 s."),
                })
            }
            Err(error) => {
                self.fail(text, &statement.span, &format!("the kernel refused: {error}"))?;
                Err(Stop::Environment)
            }
        }
    }

    /// `source FILE`: its lines run as if typed here.
    pub(super) fn source(&mut self, text: &str, file: &Spanned<PathBuf>) -> Result<Flow, Stop> {
        let here = self.place.clone();
        if self.depth >= DEEPEST {
            let problem = "scripts that run each other go too deep; is there a circle?";
            self.fail(text, &file.span, problem)?;
            return Err(Stop::Failed);
        }
        self.depth += 1;
        let result = self.run_file(&file.value);
        self.depth -= 1;
        self.place = here;
        result.unwrap_or_else(|error| {
            self.fail(text, &file.span, &format!("can't read it: {error}"))?;
            Err(Stop::Failed)
        })
    }

    fn run_file(&mut self, file: &Path) -> std::io::Result<Result<Flow, Stop>> {
        let mut reader = script::open(file)?;
        let name = file.display().to_string();
        Ok(script::run(self, &name, &mut reader, self.keep_going))
    }
}

/// A failure is the environment's if that lacks what the command needs.
pub(super) fn blame(stop: Stop, lacks: bool) -> Stop {
    if lacks && stop == Stop::Failed { Stop::Environment } else { stop }
}
