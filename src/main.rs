//! The `sockscope` command: see [`sockscope::cli`].

fn main() -> std::process::ExitCode {
    sockscope::cli::main()
}
