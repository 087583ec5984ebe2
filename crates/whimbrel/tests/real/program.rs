//! Runs the binary, never for longer than it is given.

#![allow(clippy::print_stdout)] // What is skipped is told, and counted by scripts/test.sh.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const LOOK: Duration = Duration::from_millis(20);

/// What a command left behind.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The last line of stdout as JSON.
    pub fn json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line)
            .unwrap_or_else(|e| panic!("no JSON ({e}): {line:?}; stderr: {}", self.err))
    }

    /// The one line that says what went wrong.
    pub fn complaint(&self) -> &str {
        let mut lines = self.err.lines().filter(|l| l.starts_with("whimbrel: "));
        let first = lines
            .next()
            .unwrap_or_else(|| panic!("no complaint in {:?}", self.err));
        assert_eq!(lines.next(), None, "one line, not more");
        first
    }
}

pub fn whimbrel() -> Command {
    Command::new(env!("CARGO_BIN_EXE_whimbrel"))
}

/// Run to the end, within `limit`.
pub fn run_within(limit: Duration, args: &[&str]) -> Ended {
    let mut command = whimbrel();
    command.args(args);
    finish(command, limit)
}

/// Run to the end, within a minute and a half.
pub fn run(args: &[&str]) -> Ended {
    run_within(Duration::from_secs(90), args)
}

fn gather(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (out, text) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could not be read is missing in the text, and the assertions on it say so.
        let _ = from.read_to_end(&mut bytes);
        let _ = out.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}

/// Run any command to the end.
pub fn finish(mut command: Command, limit: Duration) -> Ended {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let out = gather(child.stdout.take().expect("piped"));
    let err = gather(child.stderr.take().expect("piped"));
    let deadline = Instant::now() + limit;
    let code = loop {
        if let Some(status) = child.try_wait().expect("waits") {
            break status.code();
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!(
                "{command:?} took more than {limit:?}: {}",
                err.recv().unwrap_or_default()
            );
        }
        std::thread::sleep(LOOK);
    };
    Ended {
        code,
        out: out.recv().unwrap_or_default(),
        err: err.recv().unwrap_or_default(),
    }
}

/// A command that goes on, with its JSON lines.
pub struct Running {
    child: Child,
    lines: Receiver<Value>,
}

impl Running {
    pub fn start(args: &[&str]) -> Self {
        Self::start_by(whimbrel(), args)
    }

    /// By a command that ends in the program, such as one that first goes into a network namespace.
    pub fn start_by(mut command: Command, args: &[&str]) -> Self {
        command
            .arg("--json")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // Its log goes where the test's goes.
        let mut child = command.spawn().expect("starts");
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("piped");
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Ok(value) = serde_json::from_str(&line)
                    && sender.send(value).is_err()
                {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// The next line for which `wanted` holds.
    pub fn wait_for(&mut self, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if wanted(&line) => return line,
                Ok(_) => {}
                Err(error) => panic!(
                    "the line did not come within {limit:?}: {error}; ended: {:?}",
                    self.child.try_wait()
                ),
            }
        }
    }

    /// The lines that have come and that nobody waited for.
    pub fn so_far(&mut self) -> Vec<Value> {
        self.lines.try_iter().collect()
    }

    pub fn event(&mut self, limit: Duration, event: &str) -> Value {
        self.wait_for(limit, |line| line["event"] == event)
    }

    pub fn ready(&mut self) -> Value {
        self.event(Duration::from_secs(60), "ready")
    }

    /// kill −9.
    pub fn kill(&mut self) {
        self.child.kill().expect("kills");
        self.child.wait().expect("ends");
    }

    /// Ctrl-C; returns the exit code.
    pub fn interrupt(&mut self, limit: Duration) -> Option<i32> {
        signal("INT", self.child.id());
        self.end(limit)
    }

    /// Wait for its end.
    pub fn end(&mut self, limit: Duration) -> Option<i32> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("waits") {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it did not end within {limit:?}");
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Most have ended by themselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Send a signal to a process that a test started.
pub fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

/// Data that is not part of the project.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    println!(
        "skipped: {} is not here (set WHIMBREL_SHARED)",
        path.display()
    );
    None
}

/// A Python that has a module.
pub fn python(module: &str) -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let named = std::env::var_os("WHIMBREL_PYTHON").map(PathBuf::from);
    let has = |p: &PathBuf| {
        Command::new(p)
            .args(["-c", &format!("import {module}")])
            .output()
            .is_ok_and(|o| o.status.success())
    };
    let found = [named, Some(venv), Some(PathBuf::from("python3"))]
        .into_iter()
        .flatten()
        .find(has);
    if found.is_none() {
        println!("skipped: no Python with {module} (set WHIMBREL_PYTHON)");
    }
    found
}

/// A program of `tests/real/clients`.
pub fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/real/clients")
        .join(name)
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Bytes that nothing makes shorter.
pub fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed;
    (0..bytes)
        .map(|_| {
            // SplitMix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            ((z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8
        })
        .collect()
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}
