//! UDP peers as links.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use whimbrel_air::links::{LinkEvent, LinkNumber, Links};
use whimbrel_link::endpoint::Endpoint;

const PATIENCE: Duration = Duration::from_secs(20);
const SILENT: Duration = Duration::from_millis(300);

struct World {
    links: Links,
    to: SocketAddr,
}

impl World {
    fn new(links_max: usize) -> Self {
        let endpoint = Endpoint::UdpIn {
            host: "127.0.0.1".into(),
            port: 0,
        };
        let links = Links::open_with(&[endpoint], links_max, SILENT).unwrap();
        let to = links.bound()[0];
        Self { links, to }
    }

    fn peer(&self) -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(self.to).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// Says something until it is heard; the numbers of links that were closed meanwhile.
    fn hear(&self, peer: &UdpSocket, text: &[u8]) -> (LinkNumber, Vec<LinkNumber>) {
        let begun = Instant::now();
        let mut closed = Vec::new();
        while begun.elapsed() < PATIENCE {
            peer.send(text).unwrap();
            while let Some(event) = self.links.next(Duration::from_millis(20)) {
                match event {
                    LinkEvent::Bytes(number, bytes) if bytes == text => return (number, closed),
                    LinkEvent::Closed(number, _) => closed.push(number),
                    _ => {}
                }
            }
        }
        panic!("not heard");
    }
}

/// Each restart of a simulator is a new peer; those that had gone took all places for ever.
#[test]
fn a_silent_peer_makes_room_for_a_new_one() {
    let world = World::new(2);
    let (first, second, third) = (world.peer(), world.peer(), world.peer());
    let (one, _) = world.hear(&first, b"first");
    let (two, _) = world.hear(&second, b"second");
    let begun = Instant::now();
    // The second goes on; the first is silent and goes after a while.
    let (three, closed) = loop {
        world.hear(&second, b"second again");
        third.send(b"third").unwrap();
        if let Some(LinkEvent::Closed(number, why)) = world.links.next(Duration::from_millis(50)) {
            assert!(begun.elapsed() >= SILENT && why.contains("silent"), "{why}");
            break (world.hear(&third, b"third").0, number);
        }
        assert!(begun.elapsed() < PATIENCE);
    };
    assert_eq!(closed, one);
    assert!(three != one && three != two);
    assert!(
        !world.links.send(one, b"gone"),
        "nothing is sent to it any more"
    );
    assert!(world.links.send(three, b"welcome"));
    let mut buffer = [0; 64];
    assert_eq!(third.recv(&mut buffer).unwrap(), 7);
    // When it comes back it is a new link, in the place of whoever is silent then.
    std::thread::sleep(SILENT);
    world.hear(&third, b"third again");
    let (again, closed) = world.hear(&first, b"first again");
    assert_eq!(closed, [two]);
    assert!(again > three);
}
