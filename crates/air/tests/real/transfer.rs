use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::time::Duration;

use whimbrel_air::AirError;
use whimbrel_air::transfer::{ReceiveConfig, SendConfig, receive, send};
use whimbrel_downlink::Key;

use crate::child::{key, noise};

pub fn write_files(dir: &Path, sizes: &[usize]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    std::fs::create_dir_all(dir.join("sub")).unwrap();
    for (number, size) in sizes.iter().enumerate() {
        let name = if number % 2 == 0 {
            format!("file{number}.bin")
        } else {
            format!("sub/file {number}.bin")
        };
        let bytes = noise(number as u64 + 1, *size);
        std::fs::write(dir.join(&name), &bytes).unwrap();
        files.push((name, bytes));
    }
    files
}

pub fn check_files(dir: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        assert!(std::fs::read(dir.join(name)).unwrap() == *bytes, "{name}");
    }
    assert!(!dir.join(".whimbrel").exists(), "nothing of ours stays");
}

fn sender(folder: &Path, to: &str, key: Key) -> SendConfig {
    let (folder, to) = (folder.to_path_buf(), to.parse().unwrap());
    SendConfig {
        folder,
        to,
        key,
        rate_bit_s: 5e7,
        patience: Duration::from_secs(2),
    }
}

#[test]
fn a_folder_arrives_bit_for_bit_over_loopback() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = write_files(from.path(), &[0, 1, 100_000, 3_000_000, 5_000]);
    std::fs::write(from.path().join(".hidden"), b"stays").unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, address) = channel();
    let receiver = std::thread::spawn({
        let (output, stop) = (to.path().to_path_buf(), Arc::clone(&stop));
        move || {
            let config = ReceiveConfig {
                listen: "udp:127.0.0.1:0".parse().unwrap(),
                key: key(),
                output,
                once: true,
            };
            receive(config, &stop, &mut |line| {
                if line["event"] == "listening" {
                    tell.send(line["address"].as_str().unwrap().to_owned())
                        .unwrap();
                }
            })
        }
    });
    let address = address.recv().unwrap();
    // A stranger with another key gets no answer and disturbs nothing.
    let stranger = send(
        sender(
            from.path(),
            &format!("udp:{address}"),
            Key::from_bytes([6; 32]),
        ),
        &stop,
        &mut |_| {},
    );
    assert!(
        matches!(stranger, Err(AirError::NoAnswer { .. })),
        "{stranger:?}"
    );
    let sent = send(
        sender(from.path(), &format!("udp:{address}"), key()),
        &stop,
        &mut |_| {},
    )
    .unwrap();
    let received = receiver.join().unwrap().unwrap();
    check_files(to.path(), &files);
    assert!(!to.path().join(".hidden").exists());
    for report in [&sent, &received] {
        assert!(report.complete && report.failed.is_empty(), "{report:?}");
        assert_eq!((report.files, report.bytes), (5, 3_105_001), "{report:?}");
        assert!(
            report.bytes_on_air > 3_105_001 && report.bytes_returned > 0 && report.wall_s > 0.0,
            "{report:?}"
        );
    }
}

/// A disk of one size, mounted; unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        run_mount(&[
            "-t",
            "tmpfs",
            "-o",
            options,
            "tmpfs",
            dir.path().to_str().unwrap(),
        ])
        .then(|| Self(dir))
    }
}

fn run_mount(args: &[&str]) -> bool {
    let mount = Command::new("mount")
        .args(args)
        .stderr(Stdio::null())
        .status();
    mount.is_ok_and(|status| status.success())
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // If it stays mounted the system's next start removes it.
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_named_once_and_the_transfer_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount("size=700k") else {
        println!("skipped: mounting a small disk needs root");
        return;
    };
    let from = tempfile::tempdir().unwrap();
    let files = write_files(from.path(), &[300_000; 4]);
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, lines) = channel();
    let receiver = std::thread::spawn({
        let (output, stop) = (disk.0.path().join("out"), Arc::clone(&stop));
        move || {
            let config = ReceiveConfig {
                listen: "udp:127.0.0.1:0".parse().unwrap(),
                key: key(),
                output,
                once: true,
            };
            receive(config, &stop, &mut |line| tell.send(line).unwrap())
        }
    });
    let next = |event: &str| {
        let deadline = Duration::from_secs(20);
        std::iter::from_fn(|| lines.recv_timeout(deadline).ok())
            .find(|line| line["event"] == event)
            .unwrap()
    };
    let address = format!("udp:{}", next("listening")["address"].as_str().unwrap());
    let sender = std::thread::spawn({
        let (config, stop) = (sender(from.path(), &address, key()), Arc::clone(&stop));
        move || send(config, &stop, &mut |_| {})
    });
    let reason = next("problem")["reason"].as_str().unwrap().to_owned();
    assert!(
        reason.contains("the disk is full; free some space"),
        "{reason}"
    );
    std::thread::sleep(Duration::from_millis(500));
    assert!(
        !sender.is_finished(),
        "what is not stored is not acknowledged"
    );
    assert!(run_mount(&[
        "-o",
        "remount,size=20m",
        disk.0.path().to_str().unwrap()
    ]));
    let sent = sender.join().unwrap().unwrap();
    let received = receiver.join().unwrap().unwrap();
    assert!(sent.complete && received.complete, "{sent:?} {received:?}");
    check_files(&disk.0.path().join("out"), &files);
}

#[test]
fn an_empty_folder_and_a_missing_one_are_named() {
    let stop = Arc::new(AtomicBool::new(false));
    let empty = tempfile::tempdir().unwrap();
    let error = send(
        sender(empty.path(), "udp:127.0.0.1:9", key()),
        &stop,
        &mut |_| {},
    )
    .unwrap_err();
    assert!(matches!(error, AirError::Empty(_)), "{error}");
    let error = send(
        sender(&empty.path().join("no"), "udp:127.0.0.1:9", key()),
        &stop,
        &mut |_| {},
    )
    .unwrap_err();
    assert!(error.to_string().contains("No such file"), "{error}");
    let wrong = SendConfig {
        to: "tcp:127.0.0.1:9".parse().unwrap(),
        ..sender(empty.path(), "udp:127.0.0.1:9", key())
    };
    std::fs::write(empty.path().join("a"), b"a").unwrap();
    assert!(matches!(
        send(wrong, &stop, &mut |_| {}),
        Err(AirError::NotUdp(_))
    ));
}

#[test]
fn a_port_in_use_is_named() {
    let held = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let output = tempfile::tempdir().unwrap();
    let listen = format!("udp:{}", held.local_addr().unwrap())
        .parse()
        .unwrap();
    let config = ReceiveConfig {
        listen,
        key: key(),
        output: output.path().to_path_buf(),
        once: true,
    };
    let error = receive(config, &Arc::new(AtomicBool::new(false)), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("choose another port"), "{error}");
}
