//! A disk that takes nothing: the ways out stay open, everything else is refused, and the record is made later.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use serde_json::json;
use whimbrel_link::endpoint::Endpoint;
use whimbrel_link::messages::Heartbeat;
use whimbrel_link::{Message, Parser, Sender};

use crate::serving::{Client, PATIENCE, config, start};

struct Aircraft {
    socket: UdpSocket,
    sender: Sender,
    parser: Parser,
}

impl Aircraft {
    /// An ArduPilot multirotor, armed, in Guided.
    fn beat(&mut self) {
        let heartbeat = Heartbeat {
            r#type: 2,
            autopilot: 3,
            base_mode: 128 | 1,
            custom_mode: 4,
            system_status: 4,
            mavlink_version: 3,
        };
        let bytes = self.sender.encode(&heartbeat.into());
        self.socket.send(&bytes).expect("sent");
    }

    /// Until a frame comes that changes the mode; the heartbeat goes on meanwhile.
    fn mode_ordered(&mut self, within: Duration) -> bool {
        let start = Instant::now();
        let mut buffer = [0; 2048];
        while start.elapsed() < within {
            self.beat();
            if let Ok(count) = self.socket.recv(&mut buffer) {
                self.parser.push(&buffer[..count]);
            }
            while let Some(found) = self.parser.next() {
                let Ok(frame) = found else { continue };
                // MAV_CMD_DO_SET_MODE (176), of which Hold is one.
                if matches!(frame.message, Message::CommandLong(ref m) if m.command == 176) {
                    return true;
                }
            }
        }
        false
    }
}

#[test]
fn hold_goes_out_while_the_catalogue_takes_nothing_and_is_recorded_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = config(folder.path());
    config.mavlink = vec![Endpoint::UdpIn {
        host: "127.0.0.1".into(),
        port: 0,
    }];
    let running = start(config).expect("starts");
    let mut client = Client::signed_in(&running);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(running.mavlink[0]).expect("connected");
    socket
        .set_read_timeout(Some(Duration::from_millis(50)))
        .expect("a timeout");
    let mut aircraft = Aircraft {
        socket,
        sender: Sender::new(1, 1),
        parser: Parser::new(),
    };
    let begun = Instant::now();
    let id = loop {
        aircraft.beat();
        let (_, vehicles) = client.send("GET", "/vehicles", None);
        if let Some(id) = vehicles[0]["id"].as_str() {
            break id.to_owned();
        }
        assert!(begun.elapsed() < PATIENCE, "the vehicle is found");
        std::thread::sleep(Duration::from_millis(50));
    };
    let path = format!("/vehicles/{id}/commands");
    // Another writer that does not let go stands for any disk that takes nothing.
    let other =
        rusqlite::Connection::open(folder.path().join("catalogue.sqlite")).expect("the catalogue");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let pressed = Instant::now();
    let (status, answer) = client.send("POST", &path, Some(json!({"command": "hold"})));
    assert_eq!(status, 202, "{answer}");
    assert!(
        pressed.elapsed() < Duration::from_secs(3),
        "Hold did not wait for the disk: {:?}",
        pressed.elapsed()
    );
    assert!(
        aircraft.mode_ordered(Duration::from_secs(3)),
        "the aircraft hears it"
    );
    let (status, answer) = client.send("POST", &path, Some(json!({"command": "arm"})));
    assert_eq!(status, 409, "{answer}");
    let alerts = client.until("/alerts", |a| a.to_string().contains("cannot be recorded"));
    let alert = alerts[0]["id"].as_str().expect("an id").to_owned();
    let pressed = Instant::now();
    let (status, answer) = client.send("POST", &format!("/alerts/{alert}/acknowledge"), None);
    assert_eq!(status, 204, "{answer}");
    assert!(
        pressed.elapsed() < Duration::from_secs(3),
        "nor does acknowledging"
    );
    client.until("/alerts", |a| {
        a[0]["id"] == alert.as_str() && a[0]["acknowledged"] == true
    });
    other.execute_batch("ROLLBACK").expect("let go");
    let held =
        |row: &serde_json::Value| row["user"] == "operator" && row["detail"]["detail"] == "ordered";
    let acknowledged = |row: &serde_json::Value| {
        row["verb"] == "alert.acknowledge" && row["subject"] == alert.as_str()
    };
    client.until("/audit", |rows| {
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().any(held) && rows.iter().any(acknowledged)
    });
    client.until("/alerts", |a| !a.to_string().contains("cannot be recorded"));
}
