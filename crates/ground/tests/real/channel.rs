//! The live channel: it ends with the session, and there are only so many.

use std::io::{Read, Write};
use std::net::TcpStream;

use whimbrel_ground::CHANNELS_MAX;

use crate::serving::{Client, PATIENCE, Running, config, start};

/// A WebSocket client (RFC 6455) that only listens.
struct Channel(TcpStream);

enum Frame {
    Text(String),
    Closed(u16),
}

impl Channel {
    /// The channel, or the status of the refusal.
    fn open(running: &Running, cookie: &str) -> Result<Self, u16> {
        let mut stream = TcpStream::connect(running.address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let request = format!(
            "GET /api/v1/live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n",
            running.address
        );
        stream.write_all(request.as_bytes()).expect("asked");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("an answer");
            head.push(byte[0]);
        }
        let status = String::from_utf8_lossy(&head[9..12])
            .parse()
            .expect("a status");
        if status == 101 {
            Ok(Self(stream))
        } else {
            Err(status)
        }
    }

    fn next(&mut self) -> Frame {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).expect("a frame");
            let mut length = u64::from(head[1] & 0x7f);
            if length >= 126 {
                let mut long = [0; 8];
                let bytes = if length == 126 { 2 } else { 8 };
                self.0.read_exact(&mut long[8 - bytes..]).expect("a length");
                length = u64::from_be_bytes(long);
            }
            let mut body = vec![0; length as usize];
            self.0.read_exact(&mut body).expect("a body");
            match head[0] & 0x0f {
                1 => return Frame::Text(String::from_utf8(body).expect("text")),
                8 => return Frame::Closed(u16::from_be_bytes([body[0], body[1]])),
                _ => {}
            }
        }
    }
}

#[test]
fn the_channel_ends_with_the_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let mut client = Client::signed_in(&running);
    let cookie = client.cookie.clone().expect("a cookie");
    let mut channel = Channel::open(&running, &cookie).expect("opens");
    match channel.next() {
        Frame::Text(text) => assert!(text.contains("\"hello\""), "{text}"),
        Frame::Closed(code) => panic!("closed with {code}"),
    }
    assert_eq!(client.send("DELETE", "/session", None).0, 204);
    let code = loop {
        if let Frame::Closed(code) = channel.next() {
            break code;
        }
    };
    assert_eq!(code, 4401);
    assert_eq!(Channel::open(&running, &cookie).err(), Some(401));
}

#[test]
fn there_are_only_so_many_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let client = Client::signed_in(&running);
    let cookie = client.cookie.clone().expect("a cookie");
    let mut open: Vec<Channel> = (0..CHANNELS_MAX)
        .map(|_| Channel::open(&running, &cookie).expect("opens"))
        .collect();
    assert_eq!(Channel::open(&running, &cookie).err(), Some(503));
    // One that goes makes room.
    open.pop();
    let begun = std::time::Instant::now();
    while Channel::open(&running, &cookie).is_err() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
