//! What a newcomer and CI call: `cargo xtask serve`, `cargo xtask test` and the other commands.
//!
//! Building the page takes more than cargo can do: a wasm target, JavaScript bindings of the
//! version in Cargo.lock, esbuild, wasm-opt, a static server, a Chromium. Scripts for that would
//! need a shell and its tools on every system. This crate needs the toolchain that the workspace
//! needs anyway, and Node, and installs the rest, pinned, into a folder of its own under the target
//! directory.
//!
//! A command is one file with an `Arguments` (its options, for clap) that has a
//! `run`. To add one: write the file, declare it, and name it in [`commands!`].

mod bench;
mod browser;
mod fetch;
mod goldens;
mod import;
#[cfg(test)]
mod lengths;
mod manifest;
mod minify;
mod module;
mod optimise;
mod page;
mod precache;
mod process;
mod serve;
mod server;
mod site;
mod steps;
mod strings;
mod test;
mod tools;
mod weights;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::Workspace;

macro_rules! commands {
    ($($name:ident => $module:ident),+ $(,)?) => {
        #[derive(Subcommand)]
        enum Command {
            $($name($module::Arguments)),+
        }

        impl Command {
            fn run(&self, workspace: &Workspace) -> anyhow::Result<()> {
                match self {
                    $(Self::$name(arguments) => arguments.run(workspace)),+
                }
            }
        }
    };
}

commands! {
    Serve => serve,
    Build => site,
    Test => test,
    Bench => bench,
    Goldens => goldens,
    ImportEfficientnet => import,
    FetchModels => fetch,
}

/// Set-up, build, serve and test of Negah
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match Workspace::find().and_then(|workspace| arguments.command.run(&workspace)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
