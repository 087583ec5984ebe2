//! MAVLink over a serial cable: two pseudo-terminals whose far ends are joined.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::pty::OpenptFlags;
use rustix::termios::OptionalActions;
use serde_json::json;

use crate::operator::Operator;
use crate::program::{Running, client, finish, folder, python, run, text};

const LIMIT: Duration = Duration::from_secs(60);
/// South-west corner of a field beside the place where `sim` puts its aircraft.
const AREA: &str = r#"{"type":"Polygon","coordinates":[[[8.5457,47.3979],[8.5480,47.3979],[8.5480,47.3990],[8.5457,47.3990],[8.5457,47.3979]]]}"#;

/// Plugged in while it lives; its ends have the same names each time.
struct Cable {
    unplugged: Arc<AtomicBool>,
    carriers: Vec<std::thread::JoinHandle<()>>,
}

fn ends(folder: &Path) -> [PathBuf; 2] {
    ["air", "ground"].map(|name| folder.join(name))
}

fn carry(mut from: File, mut to: File, unplugged: &AtomicBool) {
    let mut buffer = [0; 1024];
    while !unplugged.load(Ordering::Relaxed) {
        match from.read(&mut buffer) {
            // What nobody takes is lost, as on a wire.
            Ok(count) => drop(to.write_all(&buffer[..count])),
            // Nothing came.
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// A pseudo-terminal: our side, which does not wait, and the device, which programs may open. Neither is handed on to
/// processes that are started: a cable of which they hold an end could not be pulled.
fn terminal() -> (File, File, PathBuf) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = rustix::pty::openpt(flags).expect("a pseudo-terminal");
    rustix::pty::grantpt(&ours).expect("granted");
    rustix::pty::unlockpt(&ours).expect("unlocked");
    rustix::io::ioctl_fionbio(&ours, true).expect("set");
    let name = rustix::pty::ptsname(&ours, Vec::new()).expect("named");
    let name = PathBuf::from(name.into_string().expect("text"));
    let options = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(options)
        .open(&name)
        .expect("opens");
    let mut raw = rustix::termios::tcgetattr(&device).expect("a terminal");
    raw.make_raw();
    rustix::termios::tcsetattr(&device, OptionalActions::Now, &raw).expect("set");
    (ours.into(), device, name)
}

impl Cable {
    fn plugged_in(folder: &Path) -> Self {
        let unplugged = Arc::new(AtomicBool::new(false));
        let terminals = [terminal(), terminal()];
        for (end, (_, _, device)) in ends(folder).iter().zip(&terminals) {
            // The last time it was plugged in it was another device.
            let _ = std::fs::remove_file(end);
            std::os::unix::fs::symlink(device, end).expect("linked");
        }
        let [(a, a_device, _), (b, b_device, _)] = terminals;
        let (a_out, b_out) = (
            a.try_clone().expect("cloned"),
            b.try_clone().expect("cloned"),
        );
        let mut carriers = Vec::new();
        for (from, to, device) in [(a, b_out, a_device), (b, a_out, b_device)] {
            let stop = unplugged.clone();
            carriers.push(std::thread::spawn(move || {
                // While nobody has the device open, its other side could not be read.
                let _open = device;
                carry(from, to, &stop);
            }));
        }
        Self {
            unplugged,
            carriers,
        }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.unplugged.store(true, Ordering::Relaxed);
        for carrier in self.carriers.drain(..) {
            carrier.join().expect("carried to the end");
        }
    }
}

fn endpoint(device: &Path) -> String {
    format!("serial:{}:57600", device.display())
}

#[test]
fn a_mission_goes_up_and_is_read_back_and_a_cable_may_be_pulled() {
    let dir = folder();
    let cable = Cable::plugged_in(dir.path());
    let [air, ground] = ends(dir.path()).map(|e| endpoint(&e));
    let mut sim = Running::start(&["sim", "--mavlink", &air]);
    sim.ready();
    let data = dir.path().join("data");
    let mut serve = Running::start(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--mavlink",
        &ground,
        "--data",
        text(&data),
    ]);
    let operator = Operator::signed_in(&serve.ready());
    let found = operator.until("/vehicles", LIMIT, |v| v[0]["autopilot"] == "ardupilot");
    let id = found[0]["id"].as_str().expect("an id");
    let order = json!({
        "area": serde_json::from_str::<serde_json::Value>(AREA).expect("JSON"),
        "camera": "mapper", "vehicles": ["quad"], "gsd_m": 0.05, "home": [8.5456, 47.3977],
    });
    let (status, plan) = operator.post("/plans", &order);
    assert_eq!(status, 200, "{plan}");
    // The vehicle's storage needs a while after its start.
    operator.until("/vehicles", LIMIT, |v| {
        v[0]["gps"]["fix"].as_u64() >= Some(3)
    });
    let order = json!({"command": "upload", "args": {"plan": plan["id"], "sortie": 0}});
    let (status, said) = operator.post(&format!("/vehicles/{id}/commands"), &order);
    assert_eq!(status, 202, "{said}");
    operator.until("/vehicles", LIMIT, |v| {
        assert_ne!(v[0]["mission"]["state"], "failed", "{v}");
        v[0]["mission"]["state"] == "verified"
    });
    // Pulled and plugged in again: the same vehicle goes on.
    drop(cable);
    operator.until("/vehicles", LIMIT, |v| {
        v[0]["link"]["age_s"].as_f64() > Some(3.0)
    });
    let _cable = Cable::plugged_in(dir.path());
    let back = operator.until("/vehicles", LIMIT, |v| {
        v[0]["link"]["age_s"].as_f64() < Some(1.5)
    });
    assert_eq!(back.as_array().expect("a list").len(), 1, "{back}");
    assert_eq!(back[0]["mission"]["state"], "verified", "{back}");
    assert_eq!(serve.interrupt(LIMIT), Some(0));
    assert_eq!(sim.interrupt(LIMIT), Some(0));
}

#[test]
fn mavproxy_speaks_with_the_simulator_over_a_cable() {
    let Some(python) = python("MAVProxy") else {
        return;
    };
    let dir = folder();
    let area = dir.path().join("area.geojson");
    std::fs::write(&area, AREA).expect("written");
    let mission = dir.path().join("a.waypoints");
    let planned = run(&[
        "plan",
        text(&area),
        "--camera",
        "mapper",
        "--gsd",
        "5cm",
        "-o",
        text(&mission),
    ]);
    assert_eq!(planned.code, Some(0), "{}", planned.err);
    let _cable = Cable::plugged_in(dir.path());
    let [air, ground] = ends(dir.path());
    let mut sim = Running::start(&["sim", "--mavlink", &endpoint(&air)]);
    sim.ready();
    let mut command = Command::new(python);
    command
        .arg(client("mavproxy_load.py"))
        .arg(&ground)
        .arg(&mission);
    let ended = finish(command, LIMIT * 3);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
}

#[test]
fn a_device_that_is_not_there_is_named() {
    let dir = folder();
    let _cable = Cable::plugged_in(dir.path());
    let [there, _] = ends(dir.path());
    let missing = endpoint(&dir.path().join("ttyUSB7"));
    let data = dir.path().join("data");
    let doctor = |device: &str| {
        run(&[
            "doctor",
            "--listen",
            "127.0.0.1:0",
            "--data",
            text(&data),
            "--mavlink",
            device,
        ])
    };
    let said = doctor(&missing);
    assert_eq!(said.code, Some(3), "{}", said.out);
    let line = said
        .out
        .lines()
        .find(|l| l.contains("ttyUSB7"))
        .expect("a line about it");
    assert!(
        line.starts_with("WRONG") && line.contains("plugged in") && line.contains("dialout"),
        "{line}"
    );
    let said = doctor(&endpoint(&there));
    let line = said
        .out
        .lines()
        .find(|l| l.contains("serial:"))
        .expect("a line about it");
    assert!(line.starts_with("ok"), "{line}");
    for command in [
        vec!["sim", "--mavlink", &missing],
        vec![
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--mavlink",
            &missing,
            "--data",
            text(&data),
        ],
    ] {
        let ended = run(&command);
        assert_eq!(ended.code, Some(1));
        let line = ended.complaint();
        assert!(
            line.contains("ttyUSB7") && line.contains("plugged in"),
            "{line}"
        );
    }
}
