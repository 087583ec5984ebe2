//! Frames: what a sealed datagram holds. Integers are big-endian.

use crate::limits::{META_MAX_BYTES, QUERY_MAX_IDS, SHARD_BYTES};
use crate::object::{Codec, ObjectId, ObjectInfo};

const PROBE: u8 = 0;
const ANNOUNCE: u8 = 1;
const SHARD: u8 = 2;
const QUERY: u8 = 3;
const MESSAGE: u8 = 4;
const FEEDBACK: u8 = 5;

/// Facts about one object in a feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Report {
    /// Stored durably.
    Done(ObjectId),
    /// Shards of a block held, and one more than the highest index among them.
    Count {
        id: ObjectId,
        block: u16,
        count: u16,
        next: u16,
    },
    /// Never announced here, or forgotten.
    Unknown(ObjectId),
    /// Will not be taken.
    Refused(ObjectId),
}

const DONE: u8 = 0;
const COUNT: u8 = 1;
const UNKNOWN: u8 = 2;
const REFUSED: u8 = 3;

impl Report {
    pub(crate) fn wire_bytes(self) -> usize {
        match self {
            Self::Count { .. } => 15,
            _ => 9,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feedback {
    /// Highest forward counter seen in this session.
    pub(crate) highest: u64,
    /// Forward datagrams accepted in this session.
    pub(crate) received: u64,
    /// Age of the highest one when this was written, ms.
    pub(crate) age_ms: u16,
    pub(crate) reports: Vec<Report>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Probe,
    Announce {
        codec: Codec,
        info: ObjectInfo,
    },
    Shard {
        id: ObjectId,
        block: u16,
        index: u16,
        bytes: &'a [u8],
    },
    /// What is known of these? With `strict`, unknown ones are answered too.
    Query {
        strict: bool,
        ids: Vec<ObjectId>,
    },
    Message {
        number: u32,
        bytes: &'a [u8],
    },
    Feedback(Feedback),
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(
            self.take(bytes)?
                .iter()
                .fold(0, |acc, byte| (acc << 8) | u64::from(*byte)),
        )
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        u16::try_from(self.number(2)?).ok()
    }

    fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.number(4)?).ok()
    }

    fn id(&mut self) -> Option<ObjectId> {
        Some(ObjectId(self.number(8)?))
    }
}

impl Frame<'_> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Probe => out.push(PROBE),
            Self::Announce { codec, info } => {
                out.push(ANNOUNCE);
                write_announce(*codec, info, out);
            }
            Self::Shard {
                id,
                block,
                index,
                bytes,
            } => {
                out.push(SHARD);
                out.extend_from_slice(&id.0.to_be_bytes());
                out.extend_from_slice(&block.to_be_bytes());
                out.extend_from_slice(&index.to_be_bytes());
                out.extend_from_slice(bytes);
            }
            Self::Query { strict, ids } => {
                out.push(QUERY);
                out.push(u8::from(*strict));
                out.push(ids.len().min(QUERY_MAX_IDS) as u8);
                for id in ids.iter().take(QUERY_MAX_IDS) {
                    out.extend_from_slice(&id.0.to_be_bytes());
                }
            }
            Self::Message { number, bytes } => {
                out.push(MESSAGE);
                out.extend_from_slice(&number.to_be_bytes());
                out.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
                out.extend_from_slice(bytes);
            }
            Self::Feedback(feedback) => {
                out.push(FEEDBACK);
                out.extend_from_slice(&feedback.highest.to_be_bytes());
                out.extend_from_slice(&feedback.received.to_be_bytes());
                out.extend_from_slice(&feedback.age_ms.to_be_bytes());
                out.push(feedback.reports.len().min(255) as u8);
                for report in feedback.reports.iter().take(255) {
                    let (kind, id) = match report {
                        Report::Done(id) => (DONE, id),
                        Report::Count { id, .. } => (COUNT, id),
                        Report::Unknown(id) => (UNKNOWN, id),
                        Report::Refused(id) => (REFUSED, id),
                    };
                    out.push(kind);
                    out.extend_from_slice(&id.0.to_be_bytes());
                    if let Report::Count {
                        block, count, next, ..
                    } = report
                    {
                        for value in [block, count, next] {
                            out.extend_from_slice(&value.to_be_bytes());
                        }
                    }
                }
            }
        }
    }
}

/// An announcement without its frame kind; scratch records have the same form.
pub(crate) fn write_announce(codec: Codec, info: &ObjectInfo, out: &mut Vec<u8>) {
    out.push(codec.to_wire());
    out.push(info.kind);
    out.extend_from_slice(&info.priority.to_be_bytes());
    out.extend_from_slice(&info.size.to_be_bytes());
    out.extend_from_slice(&info.sha256);
    let meta = info.meta.get(..META_MAX_BYTES).unwrap_or(&info.meta);
    out.extend_from_slice(&(meta.len() as u16).to_be_bytes());
    out.extend_from_slice(meta);
}

fn read_announce_from(r: &mut Reader<'_>) -> Option<(Codec, ObjectInfo)> {
    let codec = Codec::from_wire(r.u8()?)?;
    let kind = r.u8()?;
    let priority = r.u32()?;
    let size = r.number(8)?;
    let sha256: [u8; 32] = r.take(32)?.try_into().ok()?;
    let meta_len = usize::from(r.u16()?);
    if meta_len > META_MAX_BYTES {
        return None;
    }
    let meta = r.take(meta_len)?.to_vec();
    Some((
        codec,
        ObjectInfo {
            kind,
            priority,
            size,
            sha256,
            meta,
        },
    ))
}

pub(crate) fn read_announce(bytes: &[u8]) -> Option<(Codec, ObjectInfo)> {
    let mut reader = Reader(bytes);
    let announce = read_announce_from(&mut reader)?;
    reader.0.is_empty().then_some(announce)
}

/// All frames of a datagram, or `None` if any is malformed. Each frame takes at least a byte, so the
/// list is no longer than the datagram.
pub(crate) fn read(text: &[u8]) -> Option<Vec<Frame<'_>>> {
    let mut r = Reader(text);
    let mut frames = Vec::new();
    while !r.0.is_empty() {
        frames.push(match r.u8()? {
            PROBE => Frame::Probe,
            ANNOUNCE => {
                let (codec, info) = read_announce_from(&mut r)?;
                Frame::Announce { codec, info }
            }
            SHARD => Frame::Shard {
                id: r.id()?,
                block: r.u16()?,
                index: r.u16()?,
                bytes: r.take(SHARD_BYTES)?,
            },
            QUERY => {
                let strict = match r.u8()? {
                    0 => false,
                    1 => true,
                    _ => return None,
                };
                let count = usize::from(r.u8()?);
                if count > QUERY_MAX_IDS {
                    return None;
                }
                let mut ids = Vec::with_capacity(count);
                for _ in 0..count {
                    ids.push(r.id()?);
                }
                Frame::Query { strict, ids }
            }
            MESSAGE => {
                let number = r.u32()?;
                let length = usize::from(r.u16()?);
                Frame::Message {
                    number,
                    bytes: r.take(length)?,
                }
            }
            FEEDBACK => {
                let (highest, received, age_ms) = (r.number(8)?, r.number(8)?, r.u16()?);
                let count = usize::from(r.u8()?);
                let mut reports = Vec::with_capacity(count);
                for _ in 0..count {
                    let kind = r.u8()?;
                    let id = r.id()?;
                    reports.push(match kind {
                        DONE => Report::Done(id),
                        COUNT => Report::Count {
                            id,
                            block: r.u16()?,
                            count: r.u16()?,
                            next: r.u16()?,
                        },
                        UNKNOWN => Report::Unknown(id),
                        REFUSED => Report::Refused(id),
                        _ => return None,
                    });
                }
                Frame::Feedback(Feedback {
                    highest,
                    received,
                    age_ms,
                    reports,
                })
            }
            _ => return None,
        });
    }
    Some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_wire() {
        let info = ObjectInfo::for_bytes(3, 7, b"name".to_vec(), b"data");
        let id = info.id();
        let shard = vec![9u8; SHARD_BYTES];
        let frames = vec![
            Frame::Probe,
            Frame::Announce {
                codec: Codec::ReedSolomon,
                info,
            },
            Frame::Query {
                strict: true,
                ids: vec![id, ObjectId(5)],
            },
            Frame::Message {
                number: 8,
                bytes: b"telemetry",
            },
            Frame::Feedback(Feedback {
                highest: 1 << 40,
                received: 77,
                age_ms: 12,
                reports: vec![
                    Report::Done(id),
                    Report::Count {
                        id,
                        block: 1,
                        count: 2,
                        next: 3,
                    },
                    Report::Unknown(id),
                    Report::Refused(id),
                ],
            }),
            Frame::Shard {
                id,
                block: 1,
                index: 2,
                bytes: &shard,
            },
        ];
        let mut wire = Vec::new();
        frames.iter().for_each(|frame| frame.write(&mut wire));
        assert_eq!(read(&wire), Some(frames));
        for cut in 1..100 {
            // Shorter texts are refused or are a shorter list; they never panic.
            let _ = read(&wire[..wire.len() - cut]);
        }
    }
}
