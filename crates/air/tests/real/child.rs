//! This test program started again as another process, so that it can be killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use whimbrel_air::transfer::{NO_ANSWER, ReceiveConfig, SendConfig, receive, send};
use whimbrel_air::{AirConfig, Clock, run};
use whimbrel_downlink::Key;

pub fn key() -> Key {
    Key::from_bytes([5; 32])
}

/// Not a test: the body of the other process.
#[test]
fn child() {
    let Ok(task) = std::env::var("WHIMBREL_TEST_CHILD") else {
        return;
    };
    let task: Value = serde_json::from_str(&task).unwrap();
    let text = |name: &str| task[name].as_str().unwrap_or_default().to_owned();
    let result = PathBuf::from(text("result"));
    let mut on_line = |line: Value| {
        if line["event"] == "listening" {
            std::fs::write(
                result.with_extension("address"),
                line["address"].as_str().unwrap(),
            )
            .unwrap();
        }
    };
    let stop = Arc::new(AtomicBool::new(false));
    let report = match text("verb").as_str() {
        "send" => {
            let (folder, to) = (text("folder").into(), text("to").parse().unwrap());
            let rate_bit_s = task["rate_bit_s"].as_f64().unwrap();
            send(
                SendConfig {
                    folder,
                    to,
                    key: key(),
                    rate_bit_s,
                    patience: NO_ANSWER,
                },
                &stop,
                &mut on_line,
            )
            .map(|report| json!(report))
        }
        "receive" => {
            let (output, listen) = (text("folder").into(), text("to").parse().unwrap());
            receive(
                ReceiveConfig {
                    listen,
                    key: key(),
                    output,
                    once: true,
                },
                &stop,
                &mut on_line,
            )
            .map(|report| json!(report))
        }
        _ => run(
            AirConfig {
                photos: text("folder").into(),
                mavlink: None,
                to: text("to").parse().unwrap(),
                key: key(),
                rate_bit_s: task["rate_bit_s"].as_f64().unwrap(),
                state: None,
                clock: Clock::real(),
            },
            &stop,
            &mut on_line,
        )
        .map(|report| json!(report)),
    };
    let report = report.unwrap_or_else(|error| json!({ "error": error.to_string() }));
    std::fs::write(&result, report.to_string()).unwrap();
}

pub struct Process {
    pub child: Child,
    pub result: PathBuf,
}

impl Process {
    /// `prefix`: a command that runs ours, as `ip netns exec NAME`.
    pub fn start(
        prefix: &[&str],
        verb: &str,
        folder: &Path,
        to: &str,
        rate_bit_s: f64,
        result: &Path,
    ) -> Self {
        let _ = std::fs::remove_file(result);
        let _ = std::fs::remove_file(result.with_extension("address"));
        let own = std::env::current_exe().unwrap();
        let mut words: Vec<String> = prefix.iter().map(ToString::to_string).collect();
        words.push(own.to_str().unwrap().to_owned());
        let task = json!({ "verb": verb, "folder": folder, "to": to, "rate_bit_s": rate_bit_s, "result": result });
        let child = Command::new(&words[0])
            .args(&words[1..])
            .args(["--exact", "child::child", "--nocapture"])
            .env("WHIMBREL_TEST_CHILD", task.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            result: result.to_path_buf(),
        }
    }

    pub fn address(&self) -> String {
        let path = self.result.with_extension("address");
        wait_for(Duration::from_secs(20), || {
            std::fs::read_to_string(&path)
                .ok()
                .filter(|text| !text.is_empty())
        })
        .expect("it listens")
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn report(mut self, within: Duration) -> Value {
        let ended = wait_for(within, || self.child.try_wait().unwrap());
        if ended.is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
            panic!("not finished within {within:?}");
        }
        serde_json::from_str(&std::fs::read_to_string(&self.result).unwrap()).unwrap()
    }
}

pub fn wait_for<T>(within: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    while start.elapsed() < within {
        if let Some(found) = look() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

/// Bytes that do not compress and differ with the seed.
pub fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut out = Vec::with_capacity(count + 8);
    while out.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(count);
    out
}
