//! Through the reference radio emulator, between two network namespaces. Needs root, `ip` and /dev/net/tun.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::child::{Process, noise, wait_for};
use crate::transfer::check_files;

fn shared() -> PathBuf {
    std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    )
}

fn run(command: &str) -> bool {
    let mut words = command.split(' ');
    let mut process = Command::new(words.next().unwrap());
    process
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    process.status().is_ok_and(|status| status.success())
}

/// Namespaces and emulator, gone when dropped.
struct Emulated {
    emulator: Child,
    air: String,
    ground: String,
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // What is gone already need not be removed.
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
        run(&format!("ip netns del {}", self.air));
        run(&format!("ip netns del {}", self.ground));
    }
}

fn emulate(binary: &Path, rate: &str, loss: &str) -> Option<Emulated> {
    let number = std::process::id();
    let (air, ground) = (format!("wa{number}"), format!("wg{number}"));
    let (a, b) = (format!("wea{number}"), format!("web{number}"));
    if !run(&format!("ip netns add {air}")) {
        return None;
    }
    let emulator = Command::new(binary)
        .args([
            "--a", &a, "--b", &b, "--rate", rate, "--p", loss, "--pup", loss, "--owd", "20",
        ])
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    let emulated = Emulated {
        emulator,
        air: air.clone(),
        ground: ground.clone(),
    };
    let ready = run(&format!("ip netns add {ground}"))
        && wait_for(Duration::from_secs(5), || {
            run(&format!("ip link show {b}")).then_some(())
        })
        .is_some()
        && [
            format!("ip link set {a} netns {air}"),
            format!("ip link set {b} netns {ground}"),
            format!("ip netns exec {air} ip link set lo up"),
            format!("ip netns exec {ground} ip link set lo up"),
            format!("ip netns exec {air} ip addr add 10.9.0.1 peer 10.9.0.2 dev {a}"),
            format!("ip netns exec {ground} ip addr add 10.9.0.2 peer 10.9.0.1 dev {b}"),
            format!("ip netns exec {air} ip link set {a} mtu 1500 up"),
            format!("ip netns exec {ground} ip link set {b} mtu 1500 up"),
        ]
        .iter()
        .all(|command| run(command));
    ready.then_some(emulated)
}

#[test]
fn five_megabyte_files_arrive_through_a_radio_that_loses_a_fifth() {
    let source = shared().join("tools/linkemu");
    if !source.exists() || !Path::new("/dev/net/tun").exists() || !run("ip netns list") {
        println!("skipped: needs {}, `ip` and /dev/net/tun", source.display());
        return;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linkemu");
    let manifest = source.join("Cargo.toml");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        .status();
    if !built.is_ok_and(|status| status.success()) {
        println!("skipped: {} does not build here", source.display());
        return;
    }
    let (rate, loss) = (20e6, 0.2);
    let Some(radio) = emulate(&target.join("release/linkemu"), "20e6", "0.2") else {
        println!("skipped: network namespaces need root");
        return;
    };
    let (from, to, work) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let mut files = Vec::new();
    for number in 0..4u64 {
        let (name, bytes) = (format!("photo{number}.jpg"), noise(number + 1, 5_000_000));
        std::fs::write(from.path().join(&name), &bytes).unwrap();
        files.push((name, bytes));
    }
    let inside = |namespace: &str| ["ip", "netns", "exec", namespace].map(ToString::to_string);
    let (ground, air) = (inside(&radio.ground), inside(&radio.air));
    let words = |prefix: &[String; 4]| {
        prefix
            .iter()
            .map(|word| word.clone().leak() as &str)
            .collect::<Vec<_>>()
    };
    let received = work.path().join("received");
    let receiver = Process::start(
        &words(&ground),
        "receive",
        to.path(),
        "udp:10.9.0.2:8472",
        0.0,
        &received,
    );
    receiver.address();
    let sent = work.path().join("sent");
    let sender = Process::start(
        &words(&air),
        "send",
        from.path(),
        "udp:10.9.0.2:8472",
        rate,
        &sent,
    );
    let sent = sender.report(Duration::from_secs(120));
    let received = receiver.report(Duration::from_secs(30));
    check_files(to.path(), &files);
    assert_eq!(
        (sent["complete"].as_bool(), received["complete"].as_bool()),
        (Some(true), Some(true)),
        "{sent}"
    );
    let goodput = 2e7 * 8.0 / sent["wall_s"].as_f64().unwrap();
    let ratio = goodput / (rate * (1.0 - loss));
    println!(
        "linkemu 20 Mbit/s, 20 % loss, 4 x 5 MB: goodput ratio {ratio:.3}; {sent}; {received}"
    );
    let estimate = sent["loss_estimate"].as_f64().unwrap();
    assert!((estimate - loss).abs() < 0.08, "{estimate}");
    // 0.9 on an idle machine; a busy one sends late and can only catch up a little.
    assert!(ratio > 0.5, "{ratio}");
}
