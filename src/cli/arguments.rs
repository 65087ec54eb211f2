//! The command line.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::read::Read;
use crate::command::nearest;
use crate::view::sanitize::escape;

/// Type socket calls one at a time, and watch every TCP segment they cause.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Parser)]
#[command(
    name = "sockscope",
    version,
    subcommand_precedence_over_arg = true,
    after_help = "Without arguments: the prompt. Try `sockscope demo` first.\n\
                  Exit status: 0 all well; 1 a command or an expectation failed; 2 usage or syntax;\n\
                  3 the environment (no permission, no capture); 130 interrupted."
)]
pub struct Arguments {
    /// A script to run; `-` is standard input
    pub file: Option<PathBuf>,
    /// Run these commands (repeatable)
    #[arg(short = 'c', value_name = "COMMANDS", conflicts_with = "file")]
    pub commands: Vec<String>,
    /// Facts and moments as JSON Lines on standard output
    #[arg(long)]
    pub json: bool,
    /// Go on after a failed command or expectation
    #[arg(long)]
    pub keep_going: bool,
    /// Stay at the prompt after the script
    #[arg(short = 'i')]
    pub interactive: bool,
    /// No banner
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Don't read the start-up file (~/.config/sockscope/rc)
    #[arg(long)]
    pub no_rc: bool,
    #[command(flatten)]
    pub screen: Screen,
    /// Where the sockets live: a private network of this process, or the host's
    #[arg(long, value_enum, default_value_t = NetworkChoice::Private, global = true)]
    pub network: NetworkChoice,
    /// The language of lessons, as zh; else that of the locale
    #[arg(long, value_name = "LANGUAGE", global = true)]
    pub lang: Option<String>,
    #[command(subcommand)]
    pub subcommand: Option<Sub>,
}

impl Arguments {
    /// What was typed, as far as it makes sense together; else says why not, and ends.
    pub fn typed() -> Arguments {
        let arguments = Arguments::try_parse().unwrap_or_else(|error| explained(error).exit());
        let of_scripts = [
            (arguments.file.is_some(), "[FILE]"),
            (!arguments.commands.is_empty(), "-c <COMMANDS>"),
            (arguments.json, "--json"),
            (arguments.keep_going, "--keep-going"),
            (arguments.interactive, "-i"),
        ];
        let given = of_scripts.iter().find(|(is_given, _)| *is_given);
        if let (Some(_), Some((_, name))) = (&arguments.subcommand, given) {
            let message = format!("a subcommand cannot be used with {name}");
            Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        arguments
    }
}

/// The subcommand that a word probably meant, if it isn't the name of a file.
pub(super) fn subcommand_meant_by(word: &Path) -> Option<String> {
    if word.symlink_metadata().is_ok() {
        return None;
    }
    let command = Arguments::command();
    nearest(word.to_str()?, command.get_subcommands().map(clap::Command::get_name))
        .map(str::to_owned)
}

/// Of an argument too many: what stands before it was probably meant to be a subcommand.
fn explained(error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let typed = Arguments::command().ignore_errors(true).try_get_matches();
    let typed = typed.ok().filter(|typed| typed.subcommand_name().is_none());
    let word = typed.and_then(|mut typed| typed.remove_one::<PathBuf>("file"));
    let Some((word, meant)) = word.and_then(|word| {
        let meant = subcommand_meant_by(&word)?;
        Some((escape(word.to_string_lossy().as_bytes(), false), meant))
    }) else {
        return error;
    };
    let message = format!("there is no command or script `{word}`; did you mean `{meant}`?");
    Arguments::command().error(ErrorKind::InvalidSubcommand, message)
}

/// How the screen looks.
#[derive(Debug, clap::Args)]
pub struct Screen {
    /// Colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto, global = true)]
    pub color: When,
    /// Only ASCII characters
    #[arg(long, global = true)]
    pub ascii: bool,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Sub {
    /// Play a handshake, some data and a teardown, explained step by step
    Demo {
        /// Without pauses
        #[arg(long)]
        fast: bool,
    },
    /// Take a lesson: by its name, its number, or its file's path; without, go on where you were
    Lesson {
        /// As `lessons` lists them, or a path as ./mine.md
        name: Option<String>,
        /// Begin at this step
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        step: Option<u32>,
        /// Write attempts, hints, skips and answers there, as JSON
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// End with status 0 if every step was done and none skipped, else 1
        #[arg(long)]
        grade: bool,
    },
    /// List the lessons, what is done, and what comes next
    Lessons,
    /// Prove that lessons are sound: solutions pass, fast and slowly, nothing and mistakes don't
    Check {
        /// Lessons' files; without, the lessons that the program carries with it
        files: Vec<PathBuf>,
        /// Every row of the curriculum and every misconception must be taught
        #[arg(long)]
        complete: bool,
        /// One rehearsal in this process: fast, slow or wrong
        #[arg(long, value_enum, hide = true)]
        rehearse: Option<Pace>,
    },
    /// Tell what a capture holds: conversations, segments, ladders
    Read(Read),
    /// What works here, and for each thing that doesn't, what to do
    Doctor,
    /// Print shell completions
    Completions {
        /// For which shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// How a lesson is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pace {
    /// Its solutions, at once
    Fast,
    /// Its solutions, with pauses
    Slow,
    /// Its mistakes
    Wrong,
}

/// When to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set or TERM is dumb
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where the sockets live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NetworkChoice {
    /// A network of this process's own, without root
    Private,
    /// The host's loopback
    Host,
}
