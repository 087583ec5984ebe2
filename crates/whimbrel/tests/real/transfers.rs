//! Folders over a bad radio between two processes, and `kill -9` in the middle.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::program::{Running, folder, noise, run, text};

/// A path that loses every fifth datagram each way.
struct Lossy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    carried: Arc<AtomicU64>,
}

impl Lossy {
    fn to(ground: SocketAddr) -> Self {
        let air = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let up = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = air.local_addr().expect("bound");
        for socket in [&air, &up] {
            socket
                .set_read_timeout(Some(Duration::from_millis(1)))
                .expect("set");
        }
        let (stop, carried) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (stopped, count) = (stop.clone(), carried.clone());
        std::thread::spawn(move || {
            let (mut peer, mut buffer, mut chance) =
                (None, [0_u8; 2048], 0x2545_f491_4f6c_dd1d_u64);
            while !stopped.load(Ordering::Relaxed) {
                let mut erased = || {
                    // xorshift64 (Marsaglia 2003).
                    chance ^= chance << 13;
                    chance ^= chance >> 7;
                    chance ^= chance << 17;
                    chance % 5 == 0
                };
                while let Ok((n, from)) = air.recv_from(&mut buffer) {
                    peer = Some(from);
                    count.fetch_add(1, Ordering::Relaxed);
                    if !erased() {
                        let _ = up.send_to(&buffer[..n], ground);
                    }
                }
                while let Ok((n, _)) = up.recv_from(&mut buffer) {
                    if let (Some(peer), false) = (peer, erased()) {
                        let _ = air.send_to(&buffer[..n], peer);
                    }
                }
            }
        });
        Self {
            address,
            stop,
            carried,
        }
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn files(folder: &Path, count: u64, bytes: usize) {
    std::fs::create_dir_all(folder.join("flight one")).expect("made");
    for k in 0..count {
        let name = if k % 2 == 0 {
            format!("IMG_{k}.jpg")
        } else {
            format!("flight one/IMG_{k}.jpg")
        };
        std::fs::write(folder.join(name), noise(k, bytes)).expect("written");
    }
}

fn same(a: &Path, b: &Path) {
    for entry in std::fs::read_dir(a).expect("listed").flatten() {
        let (from, to) = (entry.path(), b.join(entry.file_name()));
        if from.is_dir() {
            same(&from, &to);
        } else {
            assert_eq!(
                std::fs::read(&from).expect("read"),
                std::fs::read(&to).unwrap_or_default(),
                "{}",
                to.display()
            );
        }
    }
}

#[test]
fn a_folder_arrives_bit_exact_though_both_ends_are_killed() {
    let dir = folder();
    let path = |name: &str| dir.path().join(name);
    files(&path("out"), 6, 700_000);
    let key = run(&["key"]);
    assert_eq!(key.out.trim().len(), 64);
    std::fs::write(path("pair.key"), &key.out).expect("written");
    let (out, inn, key) = (path("out"), path("in"), path("pair.key"));
    let receive = |listen: &str| {
        Running::start(&[
            "receive",
            "--listen",
            listen,
            "--key",
            text(&key),
            "-o",
            text(&inn),
            "--once",
        ])
    };
    let mut receiver = receive("udp:127.0.0.1:0");
    let ground: SocketAddr = receiver.event(Duration::from_secs(20), "listening")["address"]
        .as_str()
        .expect("an address")
        .parse()
        .expect("one");
    let radio = Lossy::to(ground);
    let to = format!("udp:{}", radio.address);
    let send = || {
        Running::start(&[
            "send",
            text(&out),
            "--to",
            &to,
            "--key",
            text(&key),
            "--rate",
            "8Mbit",
        ])
    };
    let mut sender = send();
    receiver.event(Duration::from_secs(60), "stored");
    receiver.kill();
    let mut receiver = receive(&format!("udp:{ground}"));
    receiver.event(Duration::from_secs(60), "stored");
    sender.kill();
    let mut sender = send();
    let received = receiver.event(Duration::from_secs(90), "done");
    assert_eq!(receiver.end(Duration::from_secs(30)), Some(0));
    let sent = sender.event(Duration::from_secs(30), "done");
    assert_eq!(sender.end(Duration::from_secs(30)), Some(0));
    same(&out, &inn);
    assert_eq!(received["files"], 6);
    assert_eq!(received["bytes"], 4_200_000);
    assert_eq!(sent["files"], 6);
    assert!(radio.carried.load(Ordering::Relaxed) > 4_200_000 / 1200);
}

#[test]
fn strangers_are_not_heard() {
    let dir = folder();
    let path = |name: &str| dir.path().join(name);
    files(&path("out"), 2, 30_000);
    std::fs::write(path("a.key"), "01".repeat(32)).expect("written");
    std::fs::write(path("b.key"), "02".repeat(32)).expect("written");
    let mut receiver = Running::start(&[
        "receive",
        "--listen",
        "udp:127.0.0.1:0",
        "--key",
        text(&path("a.key")),
        "-o",
        text(&path("in")),
        "--once",
    ]);
    let ground = receiver.event(Duration::from_secs(20), "listening")["address"]
        .as_str()
        .expect("an address")
        .to_owned();
    let to = format!("udp:{ground}");
    let mut stranger = Running::start(&[
        "send",
        text(&path("out")),
        "--to",
        &to,
        "--key",
        text(&path("b.key")),
    ]);
    stranger.event(Duration::from_secs(20), "sending");
    let mut friend = Running::start(&[
        "send",
        text(&path("out")),
        "--to",
        &to,
        "--key",
        text(&path("a.key")),
    ]);
    friend.event(Duration::from_secs(60), "done");
    let received = receiver.event(Duration::from_secs(60), "done");
    assert_eq!(received["files"], 2);
    same(&path("out"), &path("in"));
    stranger.kill();
}
