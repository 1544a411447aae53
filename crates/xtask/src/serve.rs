//! `cargo xtask serve`: builds the page, serves it and opens it.

use anyhow::Result;
use clap::Args;

use crate::server;
use crate::site::{self, Kind};
use crate::workspace::Workspace;

/// The port when none is asked for; if it is taken, the next free one.
const PORT: u16 = 8080;

/// Build the page, serve it on this computer alone, and open it
#[derive(Args)]
pub struct Arguments {
    /// The port to serve on, 0 for any [default: 8080, or the next that is free]
    #[arg(long)]
    port: Option<u16>,
    /// Print the address without opening it in a browser
    #[arg(long)]
    no_open: bool,
    /// Serve the page as `cargo xtask build` publishes it: slower to build, but small
    #[arg(long)]
    optimised: bool,
}

impl Arguments {
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        // A port that is taken should be reported before a long build, not after.
        let listener = server::listen(self.port.unwrap_or(PORT), self.port.is_none())?;
        let (dist, kind) =
            if self.optimised { (workspace.dist(), Kind::Published) } else { (workspace.served(), Kind::Quick) };
        site::build(workspace, &dist, kind)?;
        let address = server::address(&listener)?;
        if !self.no_open {
            // A machine without a browser is no error: the address is printed all the same.
            let _ = open::that_detached(&address);
        }
        println!("\nNegah is at {address} (Ctrl+C stops it)");
        server::serve(listener, &dist)
    }
}
