//! Several aircraft: who is who, and orders to all of them.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_link::endpoint::Endpoint;
use whimbrel_link::messages::{AutopilotVersion, Heartbeat};
use whimbrel_link::{Message, Parser, Sender};

use crate::serving::{Client, Running, config, start};

/// Aircraft behind one socket, in a thread of their own: they beat, say who they are, and count orders to change mode.
struct Flock {
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<Vec<u8>>>,
}

impl Flock {
    fn new(
        socket: UdpSocket,
        to: SocketAddr,
        systems: std::ops::RangeInclusive<u8>,
        serial: Option<u64>,
    ) -> Self {
        let socket = Arc::new(socket);
        let stop = Arc::new(AtomicBool::new(false));
        let (ours, ending) = (socket.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            ours.set_read_timeout(Some(Duration::from_millis(100)))
                .expect("a timeout");
            let mut senders: Vec<(u8, Sender)> = systems.map(|s| (s, Sender::new(s, 1))).collect();
            let mut parser = Parser::new();
            let mut ordered = Vec::new();
            let mut buffer = [0; 2048];
            while !ending.load(Ordering::Relaxed) {
                for (_, sender) in &mut senders {
                    // An ArduPilot multirotor, armed, in Guided.
                    let heartbeat = Heartbeat {
                        r#type: 2,
                        autopilot: 3,
                        base_mode: 128 | 1,
                        custom_mode: 4,
                        system_status: 4,
                        mavlink_version: 3,
                    };
                    // A server that is being started again does not listen.
                    let _ = ours.send_to(&sender.encode(&heartbeat.into()), to);
                    if let Some(uid) = serial {
                        let version = AutopilotVersion {
                            uid,
                            ..AutopilotVersion::default()
                        };
                        let _ = ours.send_to(&sender.encode(&version.into()), to);
                    }
                }
                while let Ok((count, _)) = ours.recv_from(&mut buffer) {
                    parser.push(&buffer[..count]);
                    while let Some(found) = parser.next() {
                        let Ok(frame) = found else { continue };
                        match frame.message {
                            // MAV_CMD_DO_SET_MODE
                            Message::CommandLong(m) if m.command == 176 => {
                                ordered.push(m.target_system)
                            }
                            _ => {}
                        }
                    }
                }
            }
            ordered
        });
        Self {
            socket,
            stop,
            thread: Some(thread),
        }
    }

    /// Stops them; whose mode was to be changed.
    fn end(mut self) -> (UdpSocket, Vec<u8>) {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("a thread");
        let ordered = thread.join().expect("ends");
        (Arc::into_inner(self.socket).expect("ours alone"), ordered)
    }
}

fn serve(folder: &std::path::Path) -> Running {
    let mut config = config(folder);
    config.mavlink = vec![Endpoint::UdpIn {
        host: "127.0.0.1".into(),
        port: 0,
    }];
    start(config).expect("starts")
}

fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").expect("a socket")
}

fn heard(client: &mut Client, count: usize) -> Value {
    client.until("/vehicles", |rows| {
        rows.as_array().is_some_and(|r| r.len() >= count)
    })
}

/// Address (of the link's name) by id.
fn places(rows: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let row = |v: &Value| (text(&v["id"]), text(&v["link"]["name"]));
    rows.as_array().expect("rows").iter().map(row).collect()
}

/// Links are numbered by arrival: after a restart two aircraft with the same system id swapped their ids, and Land went
/// to the wrong one.
#[test]
fn ids_stay_with_the_aircraft_over_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (socket(), socket());
    let name = |s: &UdpSocket| format!("udp {}", s.local_addr().expect("bound"));
    let (first_name, second_name) = (name(&first), name(&second));
    let running = serve(folder.path());
    let mut client = Client::signed_in(&running);
    let a = Flock::new(first, running.mavlink[0], 1..=1, None);
    heard(&mut client, 1);
    let b = Flock::new(second, running.mavlink[0], 1..=1, Some(0xbeef));
    let before = places(&heard(&mut client, 2));
    assert_eq!(
        before,
        [
            ("1".into(), first_name.clone()),
            ("2-1".into(), second_name)
        ]
    );
    client.until("/audit", |rows| {
        rows.to_string().matches("vehicle.known").count() == 2
    });
    let (first, _) = a.end();
    drop(b.end());
    drop(running);

    let running = serve(folder.path());
    let mut client = Client::signed_in(&running);
    // Now the second is heard first, and from another address; it is known by its serial number.
    let second = socket();
    let second_name = name(&second);
    let b = Flock::new(second, running.mavlink[0], 1..=1, Some(0xbeef));
    assert_eq!(
        places(&heard(&mut client, 1)),
        [("2-1".to_owned(), second_name.clone())]
    );
    let a = Flock::new(first, running.mavlink[0], 1..=1, None);
    assert_eq!(
        places(&heard(&mut client, 2)),
        [("1".into(), first_name), ("2-1".into(), second_name)]
    );
    let (status, answer) = client.send(
        "POST",
        "/vehicles/2-1/commands",
        Some(json!({"command": "land"})),
    );
    assert_eq!(status, 202, "{answer}");
    client.until("/audit", |rows| {
        rows.as_array().is_some_and(|r| {
            r.iter()
                .any(|r| r["verb"] == "flight.land" && r["subject"] == "2-1")
        })
    });
    assert!(b.end().1.contains(&1), "the right one was told to land");
    assert!(a.end().1.is_empty(), "and the other one was not");
}

#[test]
fn an_order_reaches_all_aircraft() {
    const MANY: u8 = 40;
    let folder = tempfile::tempdir().expect("a folder");
    let running = serve(folder.path());
    let mut client = Client::signed_in(&running);
    let flock = Flock::new(socket(), running.mavlink[0], 1..=MANY, None);
    heard(&mut client, usize::from(MANY));
    let order = json!({"command": "hold", "vehicles": "all"});
    let (status, rows) = client.send("POST", "/commands", Some(order));
    assert_eq!(status, 202, "{rows}");
    let ids: Vec<&str> = rows
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|r| r["vehicle"].as_str())
        .collect();
    assert_eq!(ids.len(), usize::from(MANY));
    assert!(
        rows.as_array()
            .expect("rows")
            .iter()
            .all(|r| r["ok"] == true),
        "{rows}"
    );
    // The answer to one that is not there stands in its place.
    let some = json!({"command": "hold", "vehicles": ["3", "77", "5"]});
    let (_, rows) = client.send("POST", "/commands", Some(some));
    let oks: Vec<bool> = rows
        .as_array()
        .expect("rows")
        .iter()
        .map(|r| r["ok"] == true)
        .collect();
    assert_eq!(oks, [true, false, true], "{rows}");
    let too_many: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let (status, _) = client.send(
        "POST",
        "/commands",
        Some(json!({"command": "hold", "vehicles": too_many})),
    );
    assert_eq!(status, 422);
    std::thread::sleep(Duration::from_millis(500));
    let (_, ordered) = flock.end();
    for system in 1..=MANY {
        assert!(ordered.contains(&system), "{system} did not hear it");
    }
}
