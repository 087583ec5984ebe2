//! Clients that nobody here wrote fly the simulator over UDP: pymavlink in both personalities,
//! MAVSDK-Python in PX4's. Skipped, and said so, where Python has not got them.
//!
//! The scripts are in `tests/real/clients` and take an endpoint, so that they can also fly
//! `whimbrel sim`.

// This driver is a shell: it owns a socket, a clock and child processes.
#![allow(clippy::disallowed_methods)]

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use whimbrel_geo::{FlatTerrain, Height, LatLon, Position, ellipsoid_from_amsl};
use whimbrel_mission::{Item, Mission, Vehicle, command};
use whimbrel_sim::{Aircraft, AircraftConfig, Autopilot, Flight, Wind};

const GROUND_M: f64 = 480.0;
/// Wall time after which a client is stopped.
const CLIENT_LIMIT: Duration = Duration::from_secs(240);

struct Served {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
    address: SocketAddr,
}

/// Serves an aircraft on a port of its own, `speed` times as fast as the clock.
fn serve(vehicle: &str, autopilot: Autopilot, speed: f64) -> Served {
    let home = Position::new(
        LatLon::from_deg(47.3, 8.5).expect("a place"),
        Height::from_m(GROUND_M),
    );
    let mut config = AircraftConfig::new(
        Vehicle::builtin(vehicle).expect("built in"),
        autopilot,
        ellipsoid_from_amsl(home),
    );
    config.start = Duration::from_secs(1_790_000_000);
    config.wind = Wind::from_direction(4.0, 1.0);
    config.seed = 7;
    let start = config.start;
    let mut aircraft =
        Aircraft::new(config, Arc::new(FlatTerrain(Height::from_m(GROUND_M)))).expect("can fly");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket
        .set_read_timeout(Some(Duration::from_millis(2)))
        .expect("a timeout");
    let address = socket.local_addr().expect("an address");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        let began = Instant::now();
        let mut peer = None;
        let mut buffer = [0u8; 2_048];
        while !stopped.load(Ordering::Relaxed) {
            let now = start + began.elapsed().mul_f64(speed);
            while let Ok((n, from)) = socket.recv_from(&mut buffer) {
                peer = Some(from);
                aircraft.handle(now, &buffer[..n]);
                if began.elapsed().mul_f64(speed) + start > now + Duration::from_millis(50) {
                    break;
                }
            }
            aircraft.advance(now);
            while let Some(bytes) = aircraft.poll(now) {
                if let Some(peer) = peer {
                    let _lost_as_on_any_link = socket.send_to(&bytes, peer);
                }
            }
        }
    });
    Served {
        stop,
        thread: Some(thread),
        address,
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _joined = thread.join();
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A Python that can import `module`: the project's environment, or WHIMBREL_PYTHON.
fn python(module: &str) -> Option<PathBuf> {
    let candidates = std::env::var_os("WHIMBREL_PYTHON")
        .map(PathBuf::from)
        .into_iter()
        .chain([root().join(".venv/bin/python"), PathBuf::from("python3")]);
    candidates.into_iter().find(|python| {
        Command::new(python)
            .args(["-c", &format!("import {module}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    })
}

#[allow(clippy::print_stderr)]
fn fly(script: &str, module: &str, vehicle: &str, autopilot: Autopilot, speed: f64) {
    let Some(python) = python(module) else {
        eprintln!("skipped: no Python with {module}; set WHIMBREL_PYTHON or make .venv");
        return;
    };
    let served = serve(vehicle, autopilot, speed);
    let log = std::env::temp_dir().join(format!(
        "whimbrel-real-{script}-{vehicle}-{}-{}",
        autopilot.name(),
        std::process::id()
    ));
    let output = std::fs::File::create(&log).expect("a log");
    let errors = output.try_clone().expect("a second handle");
    let mut child = Command::new(python)
        .arg(root().join("tests/real/clients").join(script))
        .arg(format!("udpout:{}", served.address))
        .args([
            "--autopilot",
            if autopilot == Autopilot::ArduPilot {
                "ardupilot"
            } else {
                "px4"
            },
        ])
        .args(["--vehicle", vehicle, "--speed", &speed.to_string()])
        .stdout(output)
        .stderr(errors)
        .spawn()
        .expect("the client starts");
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break Some(status);
        }
        if began.elapsed() > CLIENT_LIMIT {
            let _gone = child.kill();
            let _reaped = child.wait();
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    let _left = std::fs::remove_file(&log);
    eprintln!(
        "{script} {vehicle} {}: {:.0} s\n{said}",
        autopilot.name(),
        began.elapsed().as_secs_f64()
    );
    assert!(
        status.is_some_and(|s| s.success()),
        "{script} on {}: {status:?}\n{said}",
        autopilot.name()
    );
}

#[test]
fn pymavlink_flies_an_ardupilot_quad() {
    fly(
        "pymavlink_fly.py",
        "pymavlink",
        "quad",
        Autopilot::ArduPilot,
        10.0,
    );
}

#[test]
fn pymavlink_flies_a_px4_quad() {
    fly(
        "pymavlink_fly.py",
        "pymavlink",
        "quad",
        Autopilot::Px4,
        10.0,
    );
}

#[test]
fn pymavlink_flies_an_ardupilot_wing() {
    fly(
        "pymavlink_fly.py",
        "pymavlink",
        "fixed-wing",
        Autopilot::ArduPilot,
        10.0,
    );
}

#[test]
fn mavsdk_flies_a_px4_quad() {
    fly("mavsdk_fly.py", "mavsdk", "quad", Autopilot::Px4, 10.0);
}

/// Prints how fast one core flies: shared machines are no place to test speed.
#[test]
#[allow(clippy::print_stderr)]
fn speed_is_printed() {
    for vehicle in ["quad", "fixed-wing", "quadplane"] {
        let home = Position::new(
            LatLon::from_deg(47.3, 8.5).expect("a place"),
            Height::from_m(GROUND_M),
        );
        let mut config = AircraftConfig::new(
            Vehicle::builtin(vehicle).expect("built in"),
            Autopilot::Px4,
            ellipsoid_from_amsl(home),
        );
        config.wind = Wind::from_direction(5.0, 1.0);
        let mut flight =
            Flight::new(&config, Arc::new(FlatTerrain(Height::from_m(GROUND_M)))).expect("can fly");
        flight.autopilot_mut().skip_alignment();
        let up = |m| Position::new(home.at, home.height.raised_m(m));
        let loiter = Item::at(command::NAV_LOITER_TIME, up(80.0), [400.0, 0.0, 0.0, 0.0]);
        let items = vec![Item::takeoff(up(60.0)), loiter, Item::land(up(0.0))];
        flight.load(&Mission {
            items,
            ..Mission::default()
        });
        flight.arm_and_start().expect("started");
        let began = Instant::now();
        while flight.since_boot_s() < 400.0 {
            flight.step();
        }
        let factor = flight.since_boot_s() / began.elapsed().as_secs_f64();
        eprintln!("{vehicle}: {factor:.0} times real time");
        assert!(flight.state().clearance_m() > 20.0);
    }
}
