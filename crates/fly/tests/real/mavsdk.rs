//! A mission for a vehicle that nobody here wrote: MAVSDK's server plugins.

#![allow(clippy::disallowed_methods)] // Sockets, processes and the wall clock.

use crate::world::{pilot, survey, upload};
use core::time::Duration;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Instant, SystemTime};
use whimbrel_fly::{Effect, Fleet, LinkId, LoadState};

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let named = std::env::var_os("WHIMBREL_PYTHON").map(PathBuf::from);
    [named, Some(venv), Some(PathBuf::from("python3"))]
        .into_iter()
        .flatten()
        .find(|p| {
            let probe = Command::new(p)
                .args(["-c", "import mavsdk.plugins.mission_raw_server"])
                .output();
            probe.is_ok_and(|o| o.status.success())
        })
}

#[test]
fn mavsdks_vehicle_takes_a_mission() {
    let Some(python) = python() else {
        println!("skipped: no Python with mavsdk 4 (set WHIMBREL_PYTHON)");
        return;
    };
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .expect("set");
    let port = socket.local_addr().expect("bound").port();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/mavsdk_vehicle.py");
    let child = Command::new(python)
        .args([script, &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let _vehicle = Process(child);
    let (mut fleet, link) = (Fleet::new(), LinkId(0));
    let start = Instant::now();
    let epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let (mut peer, mut ordered, mut audit) = (None, false, vec![]);
    let mut buffer = [0; 2048];
    while start.elapsed() < Duration::from_secs(50) {
        let now = epoch + start.elapsed();
        let mut effects = vec![];
        if let Ok((n, from)) = socket.recv_from(&mut buffer) {
            peer = Some(from);
            effects.extend(fleet.handle(now, link, &buffer[..n]));
        }
        effects.extend(fleet.tick(now));
        if let Some(vehicle) = fleet.vehicles(now).first() {
            if !ordered {
                ordered = true;
                let reply = fleet.command(now, &pilot(), vehicle.id, upload(survey()));
                reply.outcome.expect("taken");
                effects.extend(reply.effects);
            } else if vehicle.mission.state == LoadState::Verified {
                println!("verified after {:?}", start.elapsed());
                return;
            } else if let LoadState::Failed(why) = &vehicle.mission.state {
                panic!("{why}");
            }
        }
        for effect in effects {
            match effect {
                Effect::Send { bytes, .. } => {
                    if let Some(peer) = peer {
                        let _ = socket.send_to(&bytes, peer);
                    }
                }
                Effect::Audit(record) => audit.push(record),
                _ => {}
            }
        }
    }
    panic!(
        "not verified: {:?} {audit:?}",
        fleet.vehicles(epoch + start.elapsed())
    );
}
