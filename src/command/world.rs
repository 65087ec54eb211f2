//! What completion and help know of the session besides the language.

/// The session as the prompt sees it. Everything may be empty.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// The open sockets: name, and what it is.
    pub sockets: Vec<(String, String)>,
    /// The socket options.
    pub options: Vec<Term>,
    /// The session's settings.
    pub settings: Vec<Term>,
    /// The kernel's settings.
    pub sysctls: Vec<Term>,
    /// The kernel's counters that teach something.
    pub counters: Vec<Term>,
    /// The calls that wait: job, and what it waits for.
    pub jobs: Vec<(u32, String)>,
    /// The lessons.
    pub lessons: Vec<Term>,
    /// The packets that the wire holds: frame, and what it is.
    pub held: Vec<(u64, String)>,
}

/// A word with a meaning of its own.
#[derive(Debug, Clone, Default)]
pub struct Term {
    /// The word.
    pub name: String,
    /// What it means, in a line.
    pub help: String,
    /// The values that it usually takes.
    pub values: Vec<String>,
}

impl World {
    pub(super) fn has_socket(&self, name: &str) -> bool {
        self.sockets.iter().any(|(socket, _)| socket == name)
    }
}
