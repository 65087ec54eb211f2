//! Arguments, scripts, exit codes, doctor, demo.

/// Runs the program.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
