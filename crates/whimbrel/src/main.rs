//! Whimbrel's `whimbrel`: mission control for unarmed survey drones, from an area to a map.

mod cameras;
mod cli;
mod demo;
mod doctor;
mod equip;
mod key;
mod map;
mod moment;
mod outcome;
mod plan;
mod quantities;
mod rehearse;
mod serve;
mod sim;
mod stop;
mod terrain;
mod transfer;
mod usage;
mod world;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use outcome::{Done, Exit, Failure, log};

fn run(cli: Cli) -> Done {
    let as_json = cli.json;
    if cli.with_parent {
        stop::with_parent()?;
    }
    match cli.command {
        Command::Demo(args) => demo::run(&args, as_json),
        Command::Plan(args) => plan::run(&args, as_json),
        Command::Cameras(args) => cameras::run(&args, as_json),
        Command::Map(args) => map::run(&args, as_json),
        Command::Doctor(args) => doctor::run(&args, as_json),
        Command::Rehearse(args) => rehearse::run(&args, as_json),
        Command::Sim(args) => sim::run(&args, as_json),
        Command::Air(args) => transfer::air(&args, as_json),
        Command::Send(args) => transfer::send(&args, as_json),
        Command::Receive(args) => transfer::receive(&args, as_json),
        Command::Serve(args) => serve::run(&args, as_json),
        Command::Code { data } => serve::code(data.as_ref(), as_json),
        Command::Key => key::run(as_json),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "whimbrel",
                &mut std::io::stdout(),
            );
            Ok(())
        }
    }
}

/// The wrong command line in one line, with where to read more.
fn usage_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let message = text
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{message}; see whimbrel --help")
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            // Nothing can be said when stdout is gone.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            return ExitCode::from(Exit::Usage as u8);
        }
        Err(error) => {
            log(&format!("whimbrel: {}", usage_line(&error)));
            return ExitCode::from(Exit::Usage as u8);
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { exit, error }) => {
            let line = format!("{error:#}")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            log(&format!("whimbrel: {line}"));
            ExitCode::from(exit as u8)
        }
    }
}
