//! `whimbrel send`, `whimbrel receive` and `whimbrel air`: the downlink from the command line.

use indicatif::ProgressBar;
use serde_json::Value;
use whimbrel_air::transfer::{self, NO_ANSWER, ReceiveConfig, SendConfig, TransferReport};
use whimbrel_air::{AirConfig, AirError};

use crate::outcome::{Done, Exit, Exits, Failure, log, print_json, print_line, progress};
use crate::serve::load_key;
use crate::{cli, stop};

fn failure(error: AirError) -> Failure {
    let exit = match &error {
        AirError::NotUdp(_) => Exit::Usage,
        e if e.is_no_connection() => Exit::NoConnection,
        _ => Exit::Failed,
    };
    Failure {
        exit,
        error: error.into(),
    }
}

/// Shows what goes on: JSON lines as they are, or a bar and lines for people.
struct Teller {
    as_json: bool,
    bar: ProgressBar,
}

impl Teller {
    fn new(as_json: bool, what: &str) -> Self {
        Self {
            as_json,
            bar: if as_json {
                ProgressBar::hidden()
            } else {
                progress(0, what)
            },
        }
    }

    fn tell(&self, line: &Value) {
        if self.as_json {
            print_json(line);
            return;
        }
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let say = |what: String| self.bar.suspend(|| log(&what));
        match line["event"].as_str().unwrap_or_default() {
            "sending" => say(format!("sending {} files to {}", line["files"], text("to"))),
            "listening" => say(format!("listening on {}", text("address"))),
            "started" => say(format!(
                "watching {}, sending to {}",
                text("photos"),
                text("to")
            )),
            "connected" => say("the other end answers".into()),
            "silent" => say("the other end is silent".into()),
            "progress" => {
                self.bar.set_length(line["of"].as_u64().unwrap_or(0));
                self.bar.set_position(line["files"].as_u64().unwrap_or(0));
            }
            "stored" => self.bar.inc(1),
            "bad_file" => say(format!("{}: {}", text("name"), text("reason"))),
            "problem" => say(
                format!("{} {} {}", text("name"), text("reason"), text("advice"))
                    .trim()
                    .to_owned(),
            ),
            _ => {}
        }
    }
}

fn finish(report: &TransferReport, as_json: bool, verb: &str) -> Done {
    if as_json {
        let mut line = serde_json::to_value(report)?;
        line["event"] = "done".into();
        print_json(&line);
    } else {
        let mbit_s = report.bytes as f64 * 8e-6 / report.wall_s.max(1e-3);
        print_line(&format!(
            "{verb} {} files, {:.1} MB in {:.1} s ({mbit_s:.2} Mbit/s); {:.1} MB on air, {:.1} % lost",
            report.files,
            report.bytes as f64 * 1e-6,
            report.wall_s,
            report.bytes_on_air as f64 * 1e-6,
            report.loss_estimate * 100.0
        ));
    }
    for name in &report.failed {
        log(&format!("not {verb}: {name}"));
    }
    if !report.failed.is_empty() {
        return Err(Failure::new(
            Exit::Failed,
            format!(
                "{} files were not {verb}; the reasons are above",
                report.failed.len()
            ),
        ));
    }
    Ok(())
}

/// `whimbrel send`.
pub fn send(args: &cli::Send, as_json: bool) -> Done {
    let config = SendConfig {
        folder: args.folder.clone(),
        to: args.to.clone(),
        key: load_key(&args.key)?,
        rate_bit_s: args.rate.0,
        patience: NO_ANSWER,
    };
    let teller = Teller::new(as_json, "sending");
    let report =
        transfer::send(config, &stop::flag()?, &mut |line| teller.tell(&line)).map_err(failure)?;
    teller.bar.finish_and_clear();
    finish(&report, as_json, "sent")?;
    if report.complete {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::Failed,
            "stopped before all was sent: start it again to go on",
        ))
    }
}

/// `whimbrel receive`.
pub fn receive(args: &cli::Receive, as_json: bool) -> Done {
    let config = ReceiveConfig {
        listen: args.listen.clone(),
        key: load_key(&args.key)?,
        output: args.output.clone(),
        once: args.once,
    };
    let teller = Teller::new(as_json, "received");
    let report = transfer::receive(config, &stop::flag()?, &mut |line| teller.tell(&line))
        .map_err(failure)?;
    teller.bar.finish_and_clear();
    finish(&report, as_json, "received")?;
    if args.once && !report.complete {
        return Err(Failure::new(
            Exit::Failed,
            "stopped before all was here: start it again to go on",
        ));
    }
    Ok(())
}

/// `whimbrel air`.
pub fn air(args: &cli::Air, as_json: bool) -> Done {
    let config = AirConfig {
        photos: args.photos.clone(),
        mavlink: args.mavlink.clone(),
        to: args.to.clone(),
        key: load_key(&args.key)?,
        rate_bit_s: args.rate.0,
        state: args.state.clone(),
        clock: args.clock.clock().exits(Exit::Usage)?,
    };
    let teller = Teller::new(as_json, "sending");
    let report = whimbrel_air::run(config, &stop::flag()?, &mut |line| teller.tell(&line))
        .map_err(failure)?;
    if as_json {
        let mut line = serde_json::to_value(&report)?;
        line["event"] = "done".into();
        print_json(&line);
    } else {
        let [preview, mapping, original] = report.delivered;
        print_line(&format!(
            "{} photos; on the ground: {preview} previews, {mapping} for mapping, {original} originals; {} layers to go",
            report.photos, report.queued
        ));
    }
    Ok(())
}
