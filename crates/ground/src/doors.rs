//! Who tries codes too often waits a little: each peer by itself, never for long, and never anybody who is signed in.
//!
//! A code has 60 bits, so waiting is not what keeps it secret; it keeps guessing from being free.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Wrong codes of a peer before it has to wait.
pub const FREE_TRIES: u32 = 5;
/// Longest wait.
pub const WAIT_MAX: Duration = Duration::from_secs(60);
/// A peer that tried nothing for so long starts anew.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);
/// Peers that are remembered; the one that tried longest ago is forgotten beyond.
pub const PEERS_MAX: usize = 1_024;

#[derive(Clone, Copy)]
struct Tries {
    wrong: u32,
    last: Duration,
}

impl Tries {
    fn wait(self) -> Duration {
        match self.wrong.checked_sub(FREE_TRIES) {
            None => Duration::ZERO,
            // 1, 2, 4 … seconds.
            Some(over) => Duration::from_secs(1 << over.min(16)).min(WAIT_MAX),
        }
    }
}

/// Wrong codes by peer.
#[derive(Default)]
pub struct Doors {
    peers: BTreeMap<IpAddr, Tries>,
}

/// One customer of an IPv6 network has at least a /64 (RFC 6177).
fn peer_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 => v4,
    }
}

impl Doors {
    /// How long a peer has to wait before it may try a code; nothing when it may now.
    pub fn wait(&self, now: Duration, address: IpAddr) -> Option<Duration> {
        let tries = self.peers.get(&peer_of(address))?;
        let left = (tries.last + tries.wait()).checked_sub(now)?;
        (!left.is_zero()).then_some(left)
    }

    /// A peer tried a wrong code.
    pub fn wrong(&mut self, now: Duration, address: IpAddr) {
        let peer = peer_of(address);
        self.peers
            .retain(|_, tries| now < tries.last + FORGOTTEN_AFTER);
        if self.peers.len() >= PEERS_MAX
            && !self.peers.contains_key(&peer)
            && let Some(oldest) = self
                .peers
                .iter()
                .min_by_key(|(_, t)| t.last)
                .map(|(p, _)| *p)
        {
            self.peers.remove(&oldest);
        }
        let tries = self.peers.entry(peer).or_insert(Tries {
            wrong: 0,
            last: now,
        });
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last = now;
    }

    /// A peer had the right code.
    pub fn right(&mut self, address: IpAddr) {
        self.peers.remove(&peer_of(address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_grow_are_short_and_are_the_peers_own() {
        let mut doors = Doors::default();
        let (guesser, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        for _ in 1..FREE_TRIES {
            doors.wrong(s(100), guesser);
            assert_eq!(doors.wait(s(100), guesser), None);
        }
        doors.wrong(s(100), guesser);
        assert_eq!(doors.wait(s(100), guesser), Some(s(1)));
        assert_eq!(doors.wait(s(101), guesser), None);
        doors.wrong(s(101), guesser);
        assert_eq!(doors.wait(s(101), guesser), Some(s(2)));
        for _ in 0..100 {
            doors.wrong(s(110), guesser);
        }
        assert_eq!(doors.wait(s(110), guesser), Some(WAIT_MAX));
        assert_eq!(doors.wait(s(110), other), None, "nobody else waits");
        assert_eq!(doors.wait(s(110) + WAIT_MAX, guesser), None);
        doors.right(guesser);
        assert_eq!(doors.wait(s(110), guesser), None);
    }

    #[test]
    fn a_network_is_one_peer_and_memory_is_bounded() {
        let mut doors = Doors::default();
        let at = |host: u128| IpAddr::V6((0x2001_0db8 << 96 | host).into());
        for host in 0..20 {
            doors.wrong(s(1), at(host));
        }
        assert!(doors.wait(s(1), at(99)).is_some());
        assert!(doors.wait(s(1), at(1 << 64)).is_none());
        for peer in 0..5_000_u32 {
            doors.wrong(s(2), IpAddr::V4(peer.into()));
        }
        assert_eq!(doors.peers.len(), PEERS_MAX);
        doors.wrong(s(2) + FORGOTTEN_AFTER, [1, 1, 1, 1].into());
        assert_eq!(doors.peers.len(), 1);
    }
}
