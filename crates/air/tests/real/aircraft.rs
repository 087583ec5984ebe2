use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use whimbrel_air::links::udp_socket;
use whimbrel_air::photo_object::PhotoObject;
use whimbrel_air::{AirConfig, Clock, run};
use whimbrel_downlink::{Event, NoScratch, Receiver, ReceiverConfig};
use whimbrel_photo::{RgbImage, jpeg};
use whimbrel_store::Layer;

use crate::child::{Process, key, noise, wait_for};

/// A photo with detail, so that its original is much larger than its preview.
pub fn photo(seed: u64) -> Vec<u8> {
    let (width, height) = (640, 480);
    let noise = noise(seed, width * height * 3);
    let smooth = |i: usize| ((i / 3 % width) / 4 + (i / 3 / width) / 4) as u8;
    let data = noise
        .iter()
        .enumerate()
        .map(|(i, n)| smooth(i).wrapping_add(n / 8))
        .collect();
    jpeg::encode(
        &RgbImage {
            width: width as u32,
            height: height as u32,
            data,
        },
        92,
    )
    .unwrap()
}

pub struct Ground {
    clock: Clock,
    socket: UdpSocket,
    receiver: Receiver<NoScratch>,
    peer: Option<std::net::SocketAddr>,
    pub arrived: Vec<(PhotoObject, Vec<u8>)>,
    messages: Vec<Vec<u8>>,
}

impl Ground {
    pub fn new(clock: Clock) -> Self {
        let socket = udp_socket("127.0.0.1:0".parse().unwrap()).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(5)))
            .unwrap();
        let receiver = Receiver::new(ReceiverConfig::new(key(), [9; 16]), NoScratch).unwrap();
        Self {
            clock,
            socket,
            receiver,
            peer: None,
            arrived: Vec::new(),
            messages: Vec::new(),
        }
    }

    pub fn to(&self) -> String {
        format!("udp:{}", self.socket.local_addr().unwrap())
    }

    fn turn(&mut self, clock: &Clock) {
        let mut buffer = [0u8; 2048];
        if let Ok((count, from)) = self.socket.recv_from(&mut buffer)
            && self.receiver.handle(clock.now(), &buffer[..count]).is_ok()
        {
            self.peer = Some(from);
        }
        while let Some(event) = self.receiver.next_event() {
            match event {
                Event::ObjectComplete { id, info, data } => {
                    self.arrived
                        .push((PhotoObject::read(info.kind, &info.meta).unwrap(), data));
                    self.receiver.stored(id);
                }
                Event::Message(bytes) => self.messages.push(bytes),
                _ => {}
            }
        }
        while let (Some(datagram), Some(peer)) = (self.receiver.poll(clock.now()), self.peer) {
            self.socket.send_to(&datagram, peer).unwrap();
        }
    }

    pub fn until(&mut self, within: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let (start, clock) = (Instant::now(), self.clock.clone());
        while start.elapsed() < within {
            self.turn(&clock);
            if done(self) {
                return true;
            }
        }
        false
    }

    pub fn of_layer(&self, layer: Layer) -> BTreeMap<String, Vec<u8>> {
        let of = self
            .arrived
            .iter()
            .filter(|(object, _)| object.layer == layer);
        of.map(|(object, data)| (object.name.clone(), data.clone()))
            .collect()
    }
}

fn config(photos: &Path, to: &str, rate_bit_s: f64) -> AirConfig {
    let (photos, to) = (photos.to_path_buf(), to.parse().unwrap());
    AirConfig {
        photos,
        mavlink: None,
        to,
        key: key(),
        rate_bit_s,
        state: None,
        clock: Clock::real(),
    }
}

#[test]
fn photos_arrive_in_layers_and_bad_files_are_named() {
    let camera = tempfile::tempdir().unwrap();
    let mut originals = BTreeMap::new();
    for number in 0..3 {
        let name = format!("100MEDIA/P{number}.JPG");
        std::fs::create_dir_all(camera.path().join("100MEDIA")).unwrap();
        std::fs::write(camera.path().join(&name), photo(number)).unwrap();
        originals.insert(name, photo(number));
    }
    std::fs::write(camera.path().join("text.jpg"), b"this is no photo").unwrap();
    std::fs::write(camera.path().join("cut.jpg"), &photo(7)[..20_000]).unwrap();
    std::fs::write(camera.path().join("notes.txt"), b"not for the ground").unwrap();
    // One that the camera is still writing.
    let late = photo(8);
    std::fs::write(camera.path().join("late.jpg"), &late[..late.len() / 2]).unwrap();
    let mut ground = Ground::new(Clock::real());
    let stop = Arc::new(AtomicBool::new(false));
    let air = std::thread::spawn({
        let (config, stop) = (config(camera.path(), &ground.to(), 2e6), Arc::clone(&stop));
        move || {
            let mut lines: Vec<Value> = Vec::new();
            let report = run(config, &stop, &mut |line| lines.push(line)).unwrap();
            (lines, report)
        }
    });
    ground.until(Duration::from_millis(1500), |_| false);
    std::fs::write(camera.path().join("late.jpg"), &late).unwrap();
    originals.insert("late.jpg".to_owned(), late);
    assert!(ground.until(
        Duration::from_secs(60),
        |ground| ground.of_layer(Layer::Original).len() == 4
    ));
    // Long enough for the bad files' patience.
    ground.until(Duration::from_secs(4), |_| false);
    stop.store(true, Ordering::Relaxed);
    let (lines, report) = air.join().unwrap();
    assert_eq!(ground.of_layer(Layer::Original), originals, "bit for bit");
    assert_eq!(ground.of_layer(Layer::Preview).len(), 4);
    assert_eq!(ground.of_layer(Layer::Mapping).len(), 4);
    for (name, preview) in ground.of_layer(Layer::Preview) {
        assert!(
            preview.len() * 4 < originals[&name].len(),
            "{name}: {}",
            preview.len()
        );
        assert!(jpeg::decode_rgb(&preview).is_ok());
    }
    assert_eq!(
        (report.photos, report.bad_files, report.delivered),
        (4, 2, [4, 4, 4]),
        "{lines:?}"
    );
    assert_eq!(lines[0]["event"], "started");
    let bad: Vec<&str> = lines
        .iter()
        .filter(|l| l["event"] == "bad_file")
        .filter_map(|l| l["name"].as_str())
        .collect();
    assert_eq!(bad, ["cut.jpg", "text.jpg"]);
}

#[test]
fn previews_of_all_photos_come_first() {
    let camera = tempfile::tempdir().unwrap();
    for number in 0..6 {
        std::fs::write(camera.path().join(format!("P{number}.JPG")), photo(number)).unwrap();
    }
    // All are cut into layers while the ground is not there yet.
    let stop = Arc::new(AtomicBool::new(false));
    let mut ground = Ground::new(Clock::real());
    let air = std::thread::spawn({
        let (config, stop) = (config(camera.path(), &ground.to(), 2e6), Arc::clone(&stop));
        move || run(config, &stop, &mut |_| {}).unwrap()
    });
    let made = || {
        let state =
            std::fs::read_to_string(camera.path().join(".whimbrel/photos")).unwrap_or_default();
        (state.lines().count() == 6).then_some(())
    };
    wait_for(Duration::from_secs(60), made).expect("layers are made");
    std::thread::sleep(Duration::from_millis(200));
    assert!(ground.until(Duration::from_secs(60), |ground| ground.arrived.len() == 18));
    stop.store(true, Ordering::Relaxed);
    air.join().unwrap();
    let order: Vec<Layer> = ground
        .arrived
        .iter()
        .map(|(object, _)| object.layer)
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(order, sorted);
}

#[test]
fn a_killed_aircraft_goes_on_where_it_was() {
    let (camera, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..4 {
        std::fs::write(camera.path().join(format!("P{number}.JPG")), photo(number)).unwrap();
    }
    let mut ground = Ground::new(Clock::real());
    let start = || {
        Process::start(
            &[],
            "air",
            camera.path(),
            &ground.to(),
            4e6,
            &work.path().join("air"),
        )
    };
    let mut air = start();
    let mut deaths = 0;
    for enough in [2, 5, 8] {
        assert!(
            ground.until(Duration::from_secs(60), |ground| ground.arrived.len()
                >= enough),
            "{enough}"
        );
        air.kill();
        deaths += 1;
        air = Process::start(
            &[],
            "air",
            camera.path(),
            &ground.to(),
            4e6,
            &work.path().join("air"),
        );
    }
    assert!(ground.until(Duration::from_secs(60), |ground| ground.arrived.len() == 12));
    ground.until(Duration::from_millis(1500), |_| false);
    air.kill();
    assert_eq!(deaths, 3);
    for number in 0..4 {
        assert_eq!(
            ground.of_layer(Layer::Original)[&format!("P{number}.JPG")],
            photo(number)
        );
    }
    assert_eq!(ground.arrived.len(), 12, "nothing came twice");
    let delivered = std::fs::read_to_string(camera.path().join(".whimbrel/delivered")).unwrap();
    assert_eq!(delivered.lines().count(), 12);
    let left = std::fs::read_dir(camera.path().join(".whimbrel/layers"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "made layers go when they are delivered");
}

#[test]
fn telemetry_and_commands_pass_between_autopilot_and_ground() {
    let camera = tempfile::tempdir().unwrap();
    let autopilot = UdpSocket::bind("127.0.0.1:0").unwrap();
    autopilot
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut ground = Ground::new(Clock::real());
    let mut config = config(camera.path(), &ground.to(), 1e6);
    config.mavlink = Some("udpin:127.0.0.1:0".parse().unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, bound) = std::sync::mpsc::channel();
    let air = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            run(config, &stop, &mut |line| {
                if line["event"] == "started" {
                    tell.send(line["mavlink"][0].as_str().unwrap().to_owned())
                        .unwrap();
                }
            })
            .unwrap()
        }
    });
    let bound = bound.recv().unwrap();
    ground.until(Duration::from_millis(500), |_| false);
    for number in 0..20u8 {
        autopilot.send_to(&[0xFD, number], &bound).unwrap();
        ground.until(Duration::from_millis(20), |_| false);
    }
    assert!(
        ground.until(Duration::from_secs(10), |ground| ground.messages.len()
            == 20),
        "{}",
        ground.messages.len()
    );
    assert_eq!(ground.messages[7], [0xFD, 7]);
    ground.receiver.send_message(b"hold").unwrap();
    ground.until(Duration::from_millis(300), |_| false);
    let mut buffer = [0u8; 64];
    let (count, _) = autopilot.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..count], b"hold");
    stop.store(true, Ordering::Relaxed);
    air.join().unwrap();
}
