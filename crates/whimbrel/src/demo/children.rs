//! The demo's processes: the same binary, started, heard, started again when one is killed, and stopped.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

/// A process that ends this often is not started again.
const RESTARTS_MAX: u32 = 5;
/// How long a process has to end by itself when it is asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How long a process has to say where it can be reached.
const START: Duration = Duration::from_secs(60);

/// One process of the demo.
pub struct Process {
    name: &'static str,
    log: PathBuf,
    args: Vec<String>,
    child: Child,
    restarts: u32,
    lines: Receiver<Value>,
    sender: Sender<Value>,
}

fn start(name: &str, args: &[String], log: &Path, sender: &Sender<Value>) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("find this program")?;
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("open {}", log.display()))?;
    let mut child = Command::new(program)
        .args(args)
        .args(["--json", "--with-parent"])
        // Held open: a child whose stdin closes knows that the demo has gone.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .with_context(|| format!("start {name}"))?;
    let out = child.stdout.take().context("hear the process")?;
    let sender = sender.clone();
    std::thread::Builder::new()
        .name(format!("hear {name}"))
        .spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Ok(value) = serde_json::from_str::<Value>(&line)
                    && sender.send(value).is_err()
                {
                    return;
                }
            }
        })?;
    Ok(child)
}

impl Process {
    /// Start `whimbrel ARGS --json` with its stderr in `logs/NAME.log`.
    pub fn start(name: &'static str, args: Vec<String>, logs: &Path) -> anyhow::Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let (sender, lines) = channel();
        let child = start(name, &args, &log, &sender)?;
        Ok(Self {
            name,
            log,
            args,
            child,
            restarts: 0,
            lines,
            sender,
        })
    }

    /// The first line, which names the addresses.
    pub fn first_line(&mut self) -> anyhow::Result<Value> {
        match self.lines.recv_timeout(START) {
            Ok(value) => Ok(value),
            Err(_) => anyhow::bail!(
                "{} did not start; the reason is in {}: {}",
                self.name,
                self.log.display(),
                self.last_words()
            ),
        }
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }

    /// What it printed since the last call.
    pub fn news(&self) -> Vec<Value> {
        self.lines.try_iter().collect()
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Use these arguments if it must be started again (ports are known now).
    pub fn restart_with(&mut self, args: Vec<String>) {
        self.args = args;
    }

    /// Start it again if it has ended. Returns whether it was.
    pub fn keep_alive(&mut self) -> anyhow::Result<bool> {
        let Some(status) = self
            .child
            .try_wait()
            .with_context(|| format!("look after {}", self.name))?
        else {
            return Ok(false);
        };
        self.restarts += 1;
        anyhow::ensure!(
            self.restarts <= RESTARTS_MAX,
            "{} ended {RESTARTS_MAX} times ({status}): {}",
            self.name,
            self.last_words()
        );
        self.child = start(self.name, &self.args, &self.log, &self.sender)?;
        Ok(true)
    }

    /// Ask it to end, and end it after a while.
    pub fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // SIGTERM by the system's own tool: signals are not in the standard library, and `unsafe` is not in ours.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .is_ok_and(|s| s.success());
        let deadline = Instant::now() + GRACE;
        while asked && Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        // It did not listen; nothing more can be done if even this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}
