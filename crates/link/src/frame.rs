//! Frames: MAVLink 1 and 2 in, MAVLink 2 out (mavlink.io, "Packet
//! Serialization" and "Message Signing").

use crate::crc;
use crate::message::definition;
use crate::messages::Message;
use crate::wire::PAYLOAD_MAX;

/// First byte of a MAVLink 1 frame.
pub const MAGIC_V1: u8 = 0xfe;
/// First byte of a MAVLink 2 frame.
pub const MAGIC_V2: u8 = 0xfd;
/// Bytes that a parser holds before it drops the oldest.
pub const BUFFER_MAX: usize = 64 * 1024;
/// The longest frame: header, payload, checksum and signature, bytes.
pub const FRAME_MAX: usize = HEADER_V2 + PAYLOAD_MAX + CHECKSUM + SIGNATURE;

const HEADER_V1: usize = 6;
const HEADER_V2: usize = 10;
const CHECKSUM: usize = 2;
const SIGNATURE: usize = 13;
/// Incompatibility flag: a signature follows the checksum.
const FLAG_SIGNED: u8 = 0x01;

/// Who sent a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Header {
    /// Counts the sender's frames, modulo 256.
    pub sequence: u8,
    /// System id of the sender (MAVLink has 1 to 255).
    pub system: u8,
    /// Component id of the sender.
    pub component: u8,
}

/// The signature of a frame, as it came: whoever relies on it must verify it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The signer's link id.
    pub link: u8,
    /// Units of 10 µs since 2015-01-01 UTC.
    pub timestamp: u64,
    /// The first 48 bits of the hash.
    pub hash: [u8; 6],
}

/// One message with its sender.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Who sent it.
    pub header: Header,
    /// What it says.
    pub message: Message,
    /// Its signature, not verified.
    pub signature: Option<Signature>,
    /// Came as MAVLink 1.
    pub v1: bool,
}

/// Bytes that were not a good frame. Parsing goes on after each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Bytes outside any frame were skipped.
    #[error("skipped {bytes} bytes that are no MAVLink; check baud rate and port")]
    Junk {
        /// How many.
        bytes: usize,
    },
    /// A frame's checksum is wrong.
    #[error("dropped a frame of message {id}: wrong checksum (noise, or another dialect)")]
    Checksum {
        /// The message number that it claimed.
        id: u32,
    },
    /// A frame asks for features that we do not know; the standard says to drop it.
    #[error("dropped a frame with unknown incompatibility flags {flags:#04x}")]
    Flags {
        /// The flags.
        flags: u8,
    },
    /// More came than was taken: the oldest bytes are lost.
    #[error("lost {bytes} bytes: more than {BUFFER_MAX} came before they were read")]
    Overflow {
        /// How many.
        bytes: usize,
    },
}

/// Finds frames in a stream of bytes, or in datagrams pushed one by one.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    buffer: Vec<u8>,
    start: usize,
    junk: usize,
    lost: usize,
}

// Lives for one step of the parser, so the size of a frame in it is no loss.
#[allow(clippy::large_enum_variant)]
enum Step {
    Done(Frame, usize),
    Bad(ParseError),
    NotHere,
    Wait,
}

impl Parser {
    /// An empty parser.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes as they came. Beyond [`BUFFER_MAX`] the oldest are lost, and
    /// [`Parser::next`] says so.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
        let excess = self.buffer.len().saturating_sub(BUFFER_MAX);
        if excess > 0 {
            self.buffer.drain(..excess);
            self.lost += excess;
        }
    }

    /// The next frame or fault, `None` when more bytes are needed.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Result<Frame, ParseError>> {
        if self.lost > 0 {
            let bytes = std::mem::take(&mut self.lost);
            return Some(Err(ParseError::Overflow { bytes }));
        }
        loop {
            let rest = self.buffer.get(self.start..).unwrap_or_default();
            let step = if rest.is_empty() {
                Step::Wait
            } else {
                read_frame(rest)
            };
            match step {
                Step::NotHere => {
                    self.start += 1;
                    self.junk += 1;
                }
                Step::Wait if self.junk > 0 => return self.take_junk(),
                Step::Wait => return None,
                // The junk before a frame is told first.
                Step::Done(..) | Step::Bad(_) if self.junk > 0 => return self.take_junk(),
                Step::Done(frame, length) => {
                    self.start += length;
                    return Some(Ok(frame));
                }
                Step::Bad(error) => {
                    // Only the magic byte is given up: a true frame may begin
                    // inside what looked like one.
                    self.start += 1;
                    return Some(Err(error));
                }
            }
        }
    }

    fn take_junk(&mut self) -> Option<Result<Frame, ParseError>> {
        let bytes = std::mem::take(&mut self.junk);
        Some(Err(ParseError::Junk { bytes }))
    }
}

fn read_frame(bytes: &[u8]) -> Step {
    match bytes.first() {
        Some(&MAGIC_V2) => read_v2(bytes),
        Some(&MAGIC_V1) => read_v1(bytes),
        _ => Step::NotHere,
    }
}

fn read_v2(bytes: &[u8]) -> Step {
    let Some(
        &[
            _,
            length,
            flags,
            _,
            sequence,
            system,
            component,
            id0,
            id1,
            id2,
        ],
    ) = bytes.first_chunk::<HEADER_V2>()
    else {
        return Step::Wait;
    };
    if flags & !FLAG_SIGNED != 0 {
        return Step::Bad(ParseError::Flags { flags });
    }
    let signed = flags & FLAG_SIGNED != 0;
    let end = HEADER_V2 + usize::from(length) + CHECKSUM;
    let total = end + if signed { SIGNATURE } else { 0 };
    let (Some(frame), Some(whole)) = (bytes.get(..end), bytes.get(..total)) else {
        return Step::Wait;
    };
    let header = Header {
        sequence,
        system,
        component,
    };
    let id = u32::from_le_bytes([id0, id1, id2, 0]);
    match read_body(frame, HEADER_V2, id) {
        Ok(message) => Step::Done(
            Frame {
                header,
                message,
                signature: whole.get(end..).and_then(read_signature),
                v1: false,
            },
            total,
        ),
        Err(e) => Step::Bad(e),
    }
}

fn read_v1(bytes: &[u8]) -> Step {
    let Some(&[_, length, sequence, system, component, id]) = bytes.first_chunk::<HEADER_V1>()
    else {
        return Step::Wait;
    };
    let total = HEADER_V1 + usize::from(length) + CHECKSUM;
    let Some(frame) = bytes.get(..total) else {
        return Step::Wait;
    };
    let header = Header {
        sequence,
        system,
        component,
    };
    match read_body(frame, HEADER_V1, u32::from(id)) {
        Ok(message) => Step::Done(
            Frame {
                header,
                message,
                signature: None,
                v1: true,
            },
            total,
        ),
        Err(e) => Step::Bad(e),
    }
}

/// Checks the checksum of a frame without signature and reads its payload.
fn read_body(frame: &[u8], header: usize, id: u32) -> Result<Message, ParseError> {
    let wrong = ParseError::Checksum { id };
    let (body, checksum) = frame.split_last_chunk::<CHECKSUM>().ok_or(wrong)?;
    let checksum = u16::from_le_bytes(*checksum);
    let crc = crc::update(crc::START, body.get(1..).ok_or(wrong)?);
    let payload = body.get(header..).ok_or(wrong)?;
    let Some(definition) = definition(id) else {
        let crc_extra = crc::byte_between(crc, checksum).ok_or(wrong)?;
        return Ok(Message::Unknown {
            id,
            payload: payload.to_vec(),
            crc_extra,
        });
    };
    if crc::step(crc, definition.crc_extra) != checksum {
        return Err(wrong);
    }
    let known = if header == HEADER_V1 {
        definition.length_v1
    } else {
        definition.length
    };
    let mut full = [0; PAYLOAD_MAX];
    for (to, from) in full.iter_mut().zip(payload.iter().take(known)) {
        *to = *from;
    }
    Message::read(id, &full).ok_or(wrong)
}

fn read_signature(bytes: &[u8]) -> Option<Signature> {
    let &[link, t0, t1, t2, t3, t4, t5, h0, h1, h2, h3, h4, h5] =
        bytes.first_chunk::<SIGNATURE>()?;
    Some(Signature {
        link,
        timestamp: u64::from_le_bytes([t0, t1, t2, t3, t4, t5, 0, 0]),
        hash: [h0, h1, h2, h3, h4, h5],
    })
}

/// Makes frames: MAVLink 2, unsigned, counting its own sequence.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Our system id.
    pub system: u8,
    /// Our component id.
    pub component: u8,
    sequence: u8,
}

impl Sender {
    /// A sender that begins at sequence 0.
    #[must_use]
    pub fn new(system: u8, component: u8) -> Self {
        Self {
            system,
            component,
            sequence: 0,
        }
    }

    /// The bytes of the next frame.
    #[must_use]
    pub fn encode(&mut self, message: &Message) -> Vec<u8> {
        let header = Header {
            sequence: self.sequence,
            system: self.system,
            component: self.component,
        };
        self.sequence = self.sequence.wrapping_add(1);
        encode(header, message)
    }
}

/// The bytes of one MAVLink 2 frame, trailing zeros of the payload left out.
#[must_use]
pub fn encode(header: Header, message: &Message) -> Vec<u8> {
    let mut payload = [0; PAYLOAD_MAX];
    let full = message.write(&mut payload);
    let used = payload
        .iter()
        .take(full)
        .rposition(|b| *b != 0)
        .map_or(1, |last| last + 1);
    let [id0, id1, id2, _] = message.id().to_le_bytes();
    let mut bytes = Vec::with_capacity(HEADER_V2 + used + CHECKSUM);
    bytes.extend_from_slice(&[
        MAGIC_V2,
        used as u8,
        0,
        0,
        header.sequence,
        header.system,
        header.component,
        id0,
        id1,
        id2,
    ]);
    bytes.extend(payload.iter().take(used));
    let crc = crc::update(crc::START, bytes.get(1..).unwrap_or_default());
    bytes.extend_from_slice(&crc::step(crc, message.crc_extra()).to_le_bytes());
    bytes
}

/// Parses untrusted bytes and checks what must hold for any of them: parsing
/// ends, and each frame can be sent on and read back as the same message. The
/// fuzz target `mavlink_frames` and a test over its corpus call it.
///
/// # Panics
/// If a frame does not survive.
pub fn check_stream(bytes: &[u8]) {
    let mut parser = Parser::new();
    parser.push(bytes);
    while let Some(found) = parser.next() {
        let Ok(frame) = found else { continue };
        let sent = encode(frame.header, &frame.message);
        assert!(sent.len() <= FRAME_MAX, "a frame of {} bytes", sent.len());
        let mut again = Parser::new();
        again.push(&sent);
        let back = match again.next() {
            Some(Ok(back)) => back,
            other => panic!("{:?} became {other:?}", frame.message),
        };
        // As bytes, since NaN differs from itself.
        let resent = encode(back.header, &back.message);
        assert_eq!(sent, resent, "{:?} changed on the wire", frame.message);
        let _ = frame.message.target();
    }
}
