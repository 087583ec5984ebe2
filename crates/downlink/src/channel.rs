//! Sealed datagrams: handshake, keys for each session and direction, replay window.
//!
//! `Hello` (air → ground) names the sender's random session; `Welcome` answers with the receiver's.
//! Both sessions go into the keys of the data datagrams, so a datagram recorded in another session,
//! before a restart of either end, or in the other direction never opens.

use crate::key::{Key, Seal};
use crate::limits::{COUNTER_MAX, DATAGRAM_MAX_BYTES, HEADER_BYTES, REPLAY_WINDOW};

/// Why a datagram was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// Not a datagram of this protocol and version, or of an impossible length.
    #[error("not a datagram of this protocol")]
    NotOurs,
    /// Its session is not known here (another run, or before the handshake).
    #[error("unknown session")]
    UnknownSession,
    /// It was not sealed with the key, or bits changed on the way.
    #[error("not sealed with this key")]
    Forged,
    /// It was accepted before, or is too old to tell.
    #[error("replayed")]
    Replayed,
    /// Sealed by the peer, but its content makes no sense.
    #[error("malformed content")]
    Malformed,
}

pub(crate) const VERSION: u8 = 0x10;
const HELLO: u8 = VERSION;
const WELCOME: u8 = VERSION | 1;
const FORWARD: u8 = VERSION | 2;
const RETURN: u8 = VERSION | 3;
const HELLO_HEADER: usize = 1 + 16 + 6;
const WELCOME_HEADER: usize = 1 + 16 + 16 + 6;

pub(crate) type Session = [u8; 16];

/// What the first bytes of a datagram say it is; nothing of it is trusted yet.
pub(crate) enum Outer<'a> {
    Hello {
        air: Session,
        counter: u64,
        header: &'a [u8],
        sealed: &'a [u8],
    },
    Welcome {
        air: Session,
        ground: Session,
        counter: u64,
        header: &'a [u8],
        sealed: &'a [u8],
    },
    Data {
        forward: bool,
        tag: [u8; 4],
        counter: u64,
        header: &'a [u8],
        sealed: &'a [u8],
    },
}

fn counter_from(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0u64, |acc, byte| (acc << 8) | u64::from(*byte))
}

fn session_from(bytes: &[u8]) -> Option<Session> {
    bytes.try_into().ok()
}

pub(crate) fn parse(datagram: &[u8]) -> Option<Outer<'_>> {
    if datagram.len() > DATAGRAM_MAX_BYTES {
        return None;
    }
    match *datagram.first()? {
        HELLO => {
            let (header, sealed) = datagram.split_at_checked(HELLO_HEADER)?;
            let air = session_from(header.get(1..17)?)?;
            Some(Outer::Hello {
                air,
                counter: counter_from(header.get(17..)?),
                header,
                sealed,
            })
        }
        WELCOME => {
            let (header, sealed) = datagram.split_at_checked(WELCOME_HEADER)?;
            let air = session_from(header.get(1..17)?)?;
            let ground = session_from(header.get(17..33)?)?;
            Some(Outer::Welcome {
                air,
                ground,
                counter: counter_from(header.get(33..)?),
                header,
                sealed,
            })
        }
        kind @ (FORWARD | RETURN) => {
            let (header, sealed) = datagram.split_at_checked(HEADER_BYTES)?;
            let tag: [u8; 4] = header.get(1..5)?.try_into().ok()?;
            Some(Outer::Data {
                forward: kind == FORWARD,
                tag,
                counter: counter_from(header.get(5..)?),
                header,
                sealed,
            })
        }
        _ => None,
    }
}

/// The six low bytes of a counter; [`COUNTER_MAX`] keeps it whole.
fn push_counter(out: &mut Vec<u8>, counter: u64) {
    out.extend(counter.to_be_bytes().iter().skip(2));
}

pub(crate) fn hello(key: &Key, air: &Session, counter: u64) -> Vec<u8> {
    let mut header = vec![HELLO];
    header.extend_from_slice(air);
    push_counter(&mut header, counter);
    Seal::new(key.derive(air, b"whimbrel downlink 1 hello")).seal(counter, &header, &[])
}

pub(crate) fn hello_is_genuine(
    key: &Key,
    air: &Session,
    counter: u64,
    header: &[u8],
    sealed: &[u8],
) -> bool {
    Seal::new(key.derive(air, b"whimbrel downlink 1 hello"))
        .open(counter, header, sealed)
        .is_some()
}

fn welcome_seal(key: &Key, air: &Session, ground: &Session) -> Seal {
    Seal::new(key.derive(&salt(air, ground), b"whimbrel downlink 1 welcome"))
}

/// Its text is empty and its key holds both sessions, so the echoed counter can never seal two texts.
pub(crate) fn welcome(key: &Key, air: &Session, ground: &Session, counter: u64) -> Vec<u8> {
    let mut header = vec![WELCOME];
    header.extend_from_slice(air);
    header.extend_from_slice(ground);
    push_counter(&mut header, counter);
    welcome_seal(key, air, ground).seal(counter, &header, &[])
}

pub(crate) fn welcome_is_genuine(
    key: &Key,
    air: &Session,
    ground: &Session,
    counter: u64,
    header: &[u8],
    sealed: &[u8],
) -> bool {
    welcome_seal(key, air, ground)
        .open(counter, header, sealed)
        .is_some()
}

fn salt(air: &Session, ground: &Session) -> [u8; 32] {
    let mut salt = [0u8; 32];
    salt[..16].copy_from_slice(air);
    salt[16..].copy_from_slice(ground);
    salt
}

/// Which end of the channel this is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Air,
    Ground,
}

/// One session's sealed channel.
pub(crate) struct Channel {
    pub(crate) air: Session,
    pub(crate) ground: Session,
    end: End,
    tag: [u8; 4],
    tx: Seal,
    rx: Seal,
    next: u64,
    seen: Window,
}

impl Channel {
    pub(crate) fn new(key: &Key, air: Session, ground: Session, end: End) -> Self {
        let salt = salt(&air, &ground);
        let forward = Seal::new(key.derive(&salt, b"whimbrel downlink 1 forward"));
        let back = Seal::new(key.derive(&salt, b"whimbrel downlink 1 return"));
        let tag = key.derive(&salt, b"whimbrel downlink 1 tag");
        let (tx, rx) = if end == End::Air {
            (forward, back)
        } else {
            (back, forward)
        };
        Self {
            air,
            ground,
            end,
            tag: [tag[0], tag[1], tag[2], tag[3]],
            tx,
            rx,
            next: 1,
            seen: Window::new(),
        }
    }

    pub(crate) fn is_for(&self, tag: [u8; 4], forward: bool) -> bool {
        self.tag == tag && forward == (self.end == End::Ground)
    }

    /// The counter that the next sealed datagram will carry.
    pub(crate) fn next_counter(&self) -> u64 {
        self.next
    }

    /// Seals frames; `None` when the session has used up its counters.
    pub(crate) fn seal(&mut self, frames: &[u8]) -> Option<Vec<u8>> {
        if self.next > COUNTER_MAX {
            return None;
        }
        let counter = self.next;
        self.next += 1;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.push(if self.end == End::Air {
            FORWARD
        } else {
            RETURN
        });
        header.extend_from_slice(&self.tag);
        push_counter(&mut header, counter);
        Some(self.tx.seal(counter, &header, frames))
    }

    pub(crate) fn open(
        &mut self,
        counter: u64,
        header: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Reject> {
        if !self.seen.is_new(counter) {
            return Err(Reject::Replayed);
        }
        let plain = self
            .rx
            .open(counter, header, sealed)
            .ok_or(Reject::Forged)?;
        self.seen.mark(counter);
        Ok(plain)
    }
}

/// A sliding window over counters that have been seen.
pub(crate) struct Window {
    highest: u64,
    bits: Vec<u64>,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self {
            highest: 0,
            bits: vec![0; (REPLAY_WINDOW / 64) as usize],
        }
    }

    fn slot(counter: u64) -> (usize, u64) {
        (
            ((counter % REPLAY_WINDOW) / 64) as usize,
            1 << (counter % 64),
        )
    }

    pub(crate) fn is_new(&self, counter: u64) -> bool {
        if counter > self.highest {
            return true;
        }
        if counter == 0 || self.highest - counter >= REPLAY_WINDOW {
            return false;
        }
        let (word, bit) = Self::slot(counter);
        self.bits.get(word).is_some_and(|bits| bits & bit == 0)
    }

    pub(crate) fn mark(&mut self, counter: u64) {
        if counter > self.highest {
            if counter - self.highest >= REPLAY_WINDOW {
                self.bits.fill(0);
            } else {
                for skipped in self.highest + 1..counter {
                    let (word, bit) = Self::slot(skipped);
                    if let Some(bits) = self.bits.get_mut(word) {
                        *bits &= !bit;
                    }
                }
            }
            self.highest = counter;
        }
        let (word, bit) = Self::slot(counter);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= bit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_passes_once_in_any_order() {
        let mut window = Window::new();
        for counter in [1, 5, 3, 2, 9000, 8999, 8000] {
            assert!(window.is_new(counter), "{counter}");
            window.mark(counter);
            assert!(!window.is_new(counter), "{counter}");
        }
        assert!(!window.is_new(4), "too old to tell");
        assert!(!window.is_new(0));
        assert!(window.is_new(8500));
    }

    #[test]
    fn a_channel_refuses_its_own_reflection_and_other_sessions() {
        let key = Key::from_bytes([7; 32]);
        let mut air = Channel::new(&key, [1; 16], [2; 16], End::Air);
        let mut ground = Channel::new(&key, [1; 16], [2; 16], End::Ground);
        let mut later = Channel::new(&key, [1; 16], [3; 16], End::Ground);
        let datagram = air.seal(b"frames").unwrap_or_default();
        let Some(Outer::Data {
            forward,
            tag,
            counter,
            header,
            sealed,
        }) = parse(&datagram)
        else {
            panic!("own datagram does not parse");
        };
        assert!(!air.is_for(tag, forward), "reflected to its sender");
        assert!(ground.is_for(tag, forward));
        assert_eq!(later.open(counter, header, sealed), Err(Reject::Forged));
        assert_eq!(ground.open(counter, header, sealed), Ok(b"frames".to_vec()));
        assert_eq!(ground.open(counter, header, sealed), Err(Reject::Replayed));
    }
}
