//! A disk that is full: it is said, nothing acknowledged is lost, and with room again it goes on.

#![allow(clippy::print_stdout)] // What is skipped is told, and counted by scripts/test.sh.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::operator::Operator;
use crate::program::{Running, folder, noise, run, run_within, shared, text};

const LIMIT: Duration = Duration::from_secs(90);
const AREA: &str = r#"{"type":"Polygon","coordinates":[[[8.400,52.100],[8.404,52.100],[8.404,52.103],[8.400,52.103],[8.400,52.100]]]}"#;

/// A disk of a few megabytes in memory, most of it taken by a ballast.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Needs to be root; says that it is skipped where it may not.
    fn mounted(folder: &Path, megabytes: u32) -> Option<Self> {
        let at = folder.join("disk");
        std::fs::create_dir(&at).expect("made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(&at)
            .output();
        if mounted.is_ok_and(|m| m.status.success()) {
            return Some(Self { at });
        }
        println!("skipped: no small disk can be mounted (needs root and mount)");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.at.join(name)
    }

    /// Take all but so many bytes.
    fn leave(&self, bytes: u64) {
        let disk = rustix::fs::statvfs(&self.at).expect("a disk");
        let room = disk.f_bavail * disk.f_frsize;
        let ballast = vec![7; usize::try_from(room - bytes).expect("a small disk")];
        std::fs::write(self.path("ballast"), ballast).expect("there is room");
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path("ballast")).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that still ends may have a file open.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// Photos of noise: their mapping layers are about as large as they are.
fn photo(seed: u64) -> Vec<u8> {
    let (width, height) = (1000, 700);
    let mut image = whimbrel_photo::RgbImage::filled(width, height, [0; 3]);
    image.data = noise(seed, image.data.len());
    whimbrel_photo::jpeg::encode(&image, 90).expect("a JPEG")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("listed").flatten();
    entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn files_are_received_when_there_is_room_again() {
    let dir = folder();
    let Some(disk) = SmallDisk::mounted(dir.path(), 40) else {
        return;
    };
    let (out, inn, key) = (
        dir.path().join("out"),
        disk.path("in"),
        dir.path().join("key"),
    );
    std::fs::create_dir(&out).expect("made");
    for k in 0..10 {
        std::fs::write(out.join(format!("{k}.bin")), noise(k, 1_500_000)).expect("written");
    }
    std::fs::write(&key, "5c".repeat(32)).expect("written");
    disk.leave(6_000_000);
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
    let listening = receiver.event(LIMIT, "listening");
    let at = format!("udp:{}", listening["address"].as_str().expect("an address"));
    let mut sender = Running::start(&[
        "send",
        text(&out),
        "--to",
        &at,
        "--key",
        text(&key),
        "--rate",
        "60Mbit",
    ]);
    let said = receiver.wait_for(LIMIT, |l| l["event"] == "problem" && !l["name"].is_null());
    let reason = said["reason"].as_str().expect("words");
    assert!(
        reason.contains("the disk is full; free some space"),
        "{reason}"
    );
    // Whatever the sender was told to be delivered is there, also after a kill.
    std::thread::sleep(Duration::from_secs(3));
    let delivered: Vec<String> = sender
        .so_far()
        .iter()
        .filter(|l| l["event"] == "delivered")
        .filter_map(|l| l["name"].as_str().map(str::to_owned))
        .collect();
    assert!(
        (1..10).contains(&delivered.len()),
        "some fitted, not all: {delivered:?}"
    );
    receiver.kill();
    for name in &delivered {
        let (sent, kept) = (std::fs::read(out.join(name)), std::fs::read(inn.join(name)));
        assert!(
            sent.is_ok_and(|s| kept.is_ok_and(|k| k == s)),
            "{name} was acknowledged"
        );
    }
    let mut receiver = receive(&at);
    receiver.event(LIMIT, "listening");
    disk.make_room();
    let done = receiver.event(LIMIT, "done");
    assert_eq!(receiver.end(LIMIT), Some(0));
    assert_eq!(done["files"], 10, "{done}");
    sender.event(LIMIT, "done");
    assert_eq!(sender.end(LIMIT), Some(0));
    for k in 0..10 {
        let kept = std::fs::read(inn.join(format!("{k}.bin"))).expect("received");
        assert!(kept == noise(k, 1_500_000), "{k}.bin is bit-exact");
    }
}

#[test]
fn plans_and_maps_are_written_whole_or_not_at_all() {
    let dir = folder();
    let Some(disk) = SmallDisk::mounted(dir.path(), 60) else {
        return;
    };
    let area = dir.path().join("area.geojson");
    std::fs::write(&area, AREA).expect("written");
    let mission = disk.path("a.plan");
    let plan = || {
        run(&[
            "plan",
            text(&area),
            "--camera",
            "mapper",
            "--gsd",
            "5cm",
            "-o",
            text(&mission),
        ])
    };
    disk.leave(0);
    let full = plan();
    assert_eq!(full.code, Some(1), "{}", full.out);
    let line = full.complaint();
    assert!(line.contains("a.plan") && line.contains("full"), "{line}");
    assert_eq!(names(&disk.at), ["ballast"], "nothing half written stays");
    disk.make_room();
    assert_eq!(plan().code, Some(0));
    let whole = std::fs::read(&mission).expect("written");
    let _: Value = serde_json::from_slice(&whole).expect("JSON");
    // A mission that is there survives a disk that does not take its successor.
    disk.leave(0);
    assert_eq!(plan().code, Some(1));
    assert_eq!(std::fs::read(&mission).expect("still there"), whole);
    disk.make_room();

    let Some(images) = shared("data/brighton_beach/images") else {
        return;
    };
    let (photos, map) = (dir.path().join("photos"), disk.path("map"));
    std::fs::create_dir(&photos).expect("made");
    let mut originals = names(&images);
    originals.sort();
    for name in originals.iter().take(4) {
        std::fs::copy(images.join(name), photos.join(name)).expect("copied");
    }
    let make = || run_within(LIMIT * 3, &["map", text(&photos), "-o", text(&map)]);
    disk.leave(400_000);
    let full = make();
    assert_eq!(full.code, Some(1), "{}", full.out);
    let line = full.complaint();
    assert!(line.contains("full") && line.contains(text(&map)), "{line}");
    let left = names(&map);
    assert!(
        !left
            .iter()
            .any(|n| n.ends_with(".tif") || n.ends_with(".part")),
        "{left:?}"
    );
    disk.make_room();
    let made = make();
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert!(map.join("orthomosaic.tif").exists());
}

#[test]
fn a_server_says_so_and_goes_on() {
    let dir = folder();
    let Some(disk) = SmallDisk::mounted(dir.path(), 60) else {
        return;
    };
    let (photos, data, key) = (
        dir.path().join("photos"),
        disk.path("data"),
        dir.path().join("key"),
    );
    std::fs::create_dir(&photos).expect("made");
    for k in 0..8 {
        std::fs::write(photos.join(format!("IMG_{k}.jpg")), photo(k)).expect("written");
    }
    std::fs::write(&key, "5d".repeat(32)).expect("written");
    let serve = |listen: &str, receive: &str| {
        Running::start(&[
            "serve",
            "--listen",
            listen,
            "--receive",
            receive,
            "--key",
            text(&key),
            "--data",
            text(&data),
        ])
    };
    // It does not begin without room, and says why.
    disk.leave(0);
    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--data", text(&data)]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(
        refused.complaint().contains("full"),
        "{}",
        refused.complaint()
    );
    disk.make_room();
    disk.leave(6_000_000);
    let mut server = serve("127.0.0.1:0", "udp:127.0.0.1:0");
    let ready = server.ready();
    let operator = Operator::signed_in(&ready);
    let (listen, receive) = (
        ready["url"].as_str().expect("an address")["http://".len()..].to_owned(),
        format!("udp:{}", ready["receive"].as_str().expect("an address")),
    );
    let mut air = Running::start(&[
        "air",
        "--photos",
        text(&photos),
        "--to",
        &receive,
        "--key",
        text(&key),
        "--rate",
        "40Mbit",
    ]);
    let alerts = operator.until("/alerts", LIMIT, |a| a.to_string().contains("disk is full"));
    let alert = &alerts[0];
    assert_eq!(alert["active"], true, "{alerts}");
    let action = alert["action"].as_str().expect("what to do");
    assert!(action.contains("ree"), "{action}");
    std::thread::sleep(Duration::from_secs(2));
    let told = |lines: &[Value]| -> Vec<(String, String)> {
        let delivered = lines.iter().filter(|l| l["event"] == "delivered");
        delivered
            .map(|l| (l["name"].to_string(), l["layer"].to_string()))
            .collect()
    };
    let acknowledged = told(&air.so_far());
    assert!(!acknowledged.is_empty(), "some fitted");
    // It comes back although the disk is full: the ways out stay in reach of whoever was signed in.
    server.kill();
    let mut server = serve(&listen, &receive);
    server.ready();
    let rank = |layer: &str| {
        ["thumb", "preview", "mapping", "original"]
            .iter()
            .position(|l| layer.contains(l))
    };
    let kept = operator.rows("/photos");
    for (name, layer) in &acknowledged {
        let row = kept
            .iter()
            .find(|p| name.contains(p["name"].as_str().expect("a name")));
        let has = row.and_then(|p| rank(p["layer"].as_str().unwrap_or_default()));
        assert!(
            has >= rank(layer),
            "{name}, {layer} was acknowledged: {kept:?}"
        );
    }
    disk.make_room();
    operator.until("/photos", LIMIT, |p| {
        p.as_array()
            .is_some_and(|p| p.len() == 8 && p.iter().all(|p| p["layer"] == "original"))
    });
    operator.until("/alerts", LIMIT, |a| {
        !a.as_array()
            .is_some_and(|a| a.iter().any(|a| a["active"] == true))
    });
    assert_eq!(air.interrupt(LIMIT), Some(0));
    assert_eq!(server.interrupt(LIMIT), Some(0));
}
