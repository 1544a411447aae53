//! Other programs, run with errors that say which one failed and what it wanted.

use std::env;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Error, Result, anyhow, ensure};

/// The cargo that runs this program.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program on PATH, or an error that ends with `advice`.
pub fn find(program: &str, advice: &str) -> Result<PathBuf> {
    which::which(program).map_err(|_| anyhow!("`{program}` is not on PATH. {advice}"))
}

/// Runs `command`, its output going straight to the terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    ensure!(status.success(), "`{}` failed ({status})", line(command));
    Ok(())
}

/// Runs `command` and returns what it printed to its standard output.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| not_started(command, &error))?;
    ensure!(
        output.status.success(),
        "`{}` failed ({}): {}",
        line(command),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn not_started(command: &Command, error: &std::io::Error) -> Error {
    let program = command.get_program().to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        anyhow!("`{program}` was not found; install it or put it on PATH")
    } else {
        anyhow!("`{program}` could not be started: {error}")
    }
}

/// The command as one would type it, for messages.
fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_the_advice() {
        let error = find("negah-no-such-program", "Install it from its site.").unwrap_err();
        assert_eq!(error.to_string(), "`negah-no-such-program` is not on PATH. Install it from its site.");
        let error = run(&mut Command::new("negah-no-such-program")).unwrap_err();
        assert!(error.to_string().contains("was not found"), "{error}");
    }

    #[test]
    fn a_failure_shows_the_command() {
        let error = capture(cargo().args(["negah-no-such-command", "--flag"])).unwrap_err();
        assert!(error.to_string().contains("negah-no-such-command --flag"), "{error}");
    }
}
