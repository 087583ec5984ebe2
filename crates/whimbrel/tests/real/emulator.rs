//! `send` and `receive` through the reference radio emulator, between two network namespaces. Needs root, `ip` and
//! /dev/net/tun.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::program::{Running, folder, noise, shared, text};

const RATE_BIT_S: f64 = 20e6;
const LOSS: f64 = 0.2;
const FILES: u64 = 4;
const FILE_BYTES: usize = 5_000_000;
const LIMIT: Duration = Duration::from_secs(180);

fn done(command: &str) -> bool {
    let mut words = command.split(' ');
    let mut process = Command::new(words.next().expect("a program"));
    process
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    process.status().is_ok_and(|status| status.success())
}

/// The emulator, built from a copy of its source beside our own build.
fn built(source: &Path) -> Option<PathBuf> {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linkemu");
    std::fs::create_dir_all(copy.join("src")).expect("made");
    for name in ["Cargo.toml", "src/main.rs"] {
        std::fs::copy(source.join(name), copy.join(name)).expect("copied");
    }
    let build = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet"])
        .current_dir(&copy)
        .status();
    let program = copy.join("target/release/linkemu");
    (build.is_ok_and(|b| b.success()) && program.exists()).then_some(program)
}

/// Namespaces and emulator, gone when dropped.
struct Radio {
    emulator: Child,
    number: u32,
}

impl Drop for Radio {
    fn drop(&mut self) {
        // What is gone already need not be removed.
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
        for end in ["wa", "wg"] {
            done(&format!("ip netns del {end}{}", self.number));
        }
    }
}

impl Radio {
    fn on(program: &Path) -> Option<Self> {
        let number = std::process::id();
        let (a, b) = (format!("wea{number}"), format!("web{number}"));
        let (rate, loss) = (RATE_BIT_S.to_string(), LOSS.to_string());
        if ![
            format!("ip netns add wa{number}"),
            format!("ip netns add wg{number}"),
        ]
        .iter()
        .all(|c| done(c))
        {
            return None;
        }
        let emulator = Command::new(program)
            .args([
                "--a", &a, "--b", &b, "--rate", &rate, "--p", &loss, "--pup", &loss, "--owd", "20",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut radio = Self { emulator, number };
        // "ready", once its devices are there.
        let out = radio.emulator.stdout.take().expect("piped");
        let said = BufReader::new(out).lines().next();
        let ready = said.is_some_and(|line| line.is_ok_and(|l| l == "ready"))
            && [
                ("wa", &a, "10.9.0.1 peer 10.9.0.2"),
                ("wg", &b, "10.9.0.2 peer 10.9.0.1"),
            ]
            .iter()
            .all(|(end, device, address)| {
                let inside = format!("ip netns exec {end}{number} ip");
                done(&format!("ip link set {device} netns {end}{number}"))
                    && done(&format!("{inside} link set lo up"))
                    && done(&format!("{inside} addr add {address} dev {device}"))
                    && done(&format!("{inside} link set {device} mtu 1500 up"))
            });
        ready.then_some(radio)
    }

    fn inside(&self, end: &str) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &format!("{end}{}", self.number)])
            .arg(env!("CARGO_BIN_EXE_whimbrel"));
        command
    }
}

#[test]
fn five_megabyte_files_arrive_through_a_radio_that_loses_a_fifth() {
    let Some(source) = shared("tools/linkemu") else {
        return;
    };
    if !Path::new("/dev/net/tun").exists() || !done("ip netns list") {
        println!("skipped: the radio emulator needs root, ip and /dev/net/tun");
        return;
    }
    let Some(program) = built(&source) else {
        println!("skipped: {} does not build here", source.display());
        return;
    };
    let Some(radio) = Radio::on(&program) else {
        println!("skipped: no network namespaces (needs root)");
        return;
    };
    let dir = folder();
    let (out, inn, key) = (
        dir.path().join("out"),
        dir.path().join("in"),
        dir.path().join("key"),
    );
    std::fs::create_dir(&out).expect("made");
    for k in 0..FILES {
        std::fs::write(out.join(format!("photo{k}.jpg")), noise(k, FILE_BYTES)).expect("written");
    }
    std::fs::write(&key, "5e".repeat(32)).expect("written");
    let mut receiver = Running::start_by(
        radio.inside("wg"),
        &[
            "receive",
            "--listen",
            "udp:10.9.0.2:8472",
            "--key",
            text(&key),
            "-o",
            text(&inn),
            "--once",
        ],
    );
    receiver.event(LIMIT, "listening");
    let mut sender = Running::start_by(
        radio.inside("wa"),
        &[
            "send",
            text(&out),
            "--to",
            "udp:10.9.0.2:8472",
            "--key",
            text(&key),
            "--rate",
            "20Mbit",
        ],
    );
    let sent = sender.event(LIMIT, "done");
    assert_eq!(sender.end(LIMIT), Some(0));
    let received = receiver.event(LIMIT, "done");
    assert_eq!(receiver.end(LIMIT), Some(0));
    for k in 0..FILES {
        let kept = std::fs::read(inn.join(format!("photo{k}.jpg"))).expect("received");
        assert!(kept == noise(k, FILE_BYTES), "photo{k}.jpg is bit-exact");
    }
    assert_eq!(received["files"], FILES, "{received}");
    let number = |key: &str| sent[key].as_f64().expect("a number");
    let goodput_bit_s = number("bytes") * 8.0 / number("wall_s");
    let ratio = goodput_bit_s / (RATE_BIT_S * (1.0 - LOSS));
    println!(
        "20 Mbit/s, 20 % loss each way, 20 ms, {FILES} files of 5 MB: goodput ÷ (rate × (1 − loss)) = {ratio:.3}; {sent}"
    );
    assert!(
        (number("loss_estimate") - LOSS).abs() < 0.08,
        "{}",
        sent["loss_estimate"]
    );
    // 0.9 on an idle machine; a busy one sends late and can catch up only a little.
    assert!(ratio > 0.5, "{ratio}");
}
