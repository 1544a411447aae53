//! `negah`: what the page does, as a command for scripts, for notebooks and for tests.
//!
//! The page cannot be called from a script, and numbers are best compared without a picture in
//! between. This crate finds files, shows progress and writes results; every network, method and
//! colour comes from the crates that the page uses too, so that the two cannot disagree.
//!
//! A command is one file with its `Arguments`, which `run`. Results go to standard output,
//! everything else to standard error; the exit code is 0 where all went well, 1 where something
//! failed, 2 for a wrong command line.

mod batch;
mod convert;
mod device;
mod explain;
mod failures;
mod input;
mod layers;
mod legend;
mod methods;
mod model;
mod output;
mod predict;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::terminal::{is_closed_pipe, tell};

/// Explain what an image classifier sees in a picture
#[derive(Parser)]
#[command(name = "negah", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Predict(predict::Arguments),
    Layers(layers::Arguments),
    Methods(methods::Arguments),
    Explain(Box<explain::Arguments>),
    Convert(convert::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Predict(arguments) => arguments.run(),
        Command::Layers(arguments) => arguments.run(),
        Command::Methods(arguments) => arguments.run(),
        Command::Explain(arguments) => arguments.run(),
        Command::Convert(arguments) => arguments.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<clap::Error>() => {
            tell(error.to_string().trim_end());
            ExitCode::from(2)
        }
        Err(error) => {
            tell(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
