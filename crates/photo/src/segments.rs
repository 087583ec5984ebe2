//! The marker segments of a JPEG file (ITU-T T.81, annex B).

use crate::jpeg::JpegError;
use core::ops::Range;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
/// Where EXIF and XMP live.
pub(crate) const APP1: u8 = 0xE1;
/// Most segments before the picture; far above what cameras write.
const MAX_SEGMENTS: usize = 4096;

pub(crate) const EXIF_HEAD: &[u8] = b"Exif\0\0";
pub(crate) const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The size in the frame header.
pub(crate) struct Frame {
    pub width: u32,
    pub height: u32,
}

/// A segment: its marker, the whole of it in the file, and its payload.
pub(crate) struct Segment {
    pub marker: u8,
    pub whole: Range<usize>,
    pub payload: Range<usize>,
}

fn check_start(bytes: &[u8]) -> Result<(), JpegError> {
    let reason = match bytes {
        [] => "the file is empty",
        [0xFF, SOI, 0xFF, ..] => return Ok(()),
        [0xFF, SOI] | [0xFF] => {
            return Err(JpegError::Truncated {
                got: bytes.len(),
                what: "the header is missing",
            });
        }
        [0x89, b'P', b'N', b'G', ..] => "it is a PNG picture",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "it is a TIFF or raw picture",
        _ if bytes.iter().all(|b| *b == 0) => "it holds nothing but zeros; copy it again",
        _ if core::str::from_utf8(bytes.get(..64).unwrap_or(bytes)).is_ok() => "it is text",
        _ => "it does not start like one",
    };
    Err(JpegError::NotJpeg(reason))
}

/// One segment at `at`, which must hold a marker; `None` past the end.
fn segment_at(bytes: &[u8], mut at: usize) -> Option<Segment> {
    if *bytes.get(at)? != 0xFF {
        return None;
    }
    while *bytes.get(at + 1)? == 0xFF {
        at += 1; // fill bytes, B.1.1.2
    }
    let marker = *bytes.get(at + 1)?;
    if matches!(marker, 0x01 | 0xD0..=0xD9) {
        return Some(Segment {
            marker,
            whole: at..at + 2,
            payload: at + 2..at + 2,
        });
    }
    let length = usize::from(u16::from_be_bytes([
        *bytes.get(at + 2)?,
        *bytes.get(at + 3)?,
    ]));
    let end = at + 2 + length;
    (length >= 2 && end <= bytes.len()).then_some(Segment {
        marker,
        whole: at..end,
        payload: at + 4..end,
    })
}

/// The segments from after the start marker up to and including the first scan's header.
pub(crate) fn header(bytes: &[u8]) -> Result<Vec<Segment>, JpegError> {
    check_start(bytes)?;
    let mut segments = Vec::new();
    let mut at = 2;
    while segments.len() < MAX_SEGMENTS {
        let Some(segment) = segment_at(bytes, at) else {
            let damaged = bytes.get(at).is_some_and(|b| *b != 0xFF);
            return Err(if damaged {
                JpegError::Decode(format!("its header is damaged at byte {at}"))
            } else {
                JpegError::Truncated {
                    got: bytes.len(),
                    what: "the header is incomplete",
                }
            });
        };
        at = segment.whole.end;
        let marker = segment.marker;
        segments.push(segment);
        match marker {
            SOS => return Ok(segments),
            EOI => return Err(JpegError::Decode("it holds no picture".into())),
            _ => {}
        }
    }
    Err(JpegError::Decode(format!(
        "it has more than {MAX_SEGMENTS} segments"
    )))
}

/// Whether the marker starts a frame (B.1.1.3, table B.1).
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// The picture's size.
pub(crate) fn frame(bytes: &[u8]) -> Result<Frame, JpegError> {
    header(bytes)?
        .iter()
        .filter(|s| is_frame(s.marker))
        .find_map(|s| match bytes.get(s.payload.clone())? {
            [_, h1, h0, w1, w0, ..] => Some(Frame {
                width: u32::from(u16::from_be_bytes([*w1, *w0])),
                height: u32::from(u16::from_be_bytes([*h1, *h0])),
            }),
            _ => None,
        })
        .ok_or_else(|| JpegError::Decode("it has no frame header".into()))
}

/// Whether the picture's data runs on to its end marker.
pub(crate) fn check_complete(bytes: &[u8]) -> Result<(), JpegError> {
    let mut at = header(bytes)?.last().map_or(2, |s| s.whole.end);
    let cut = |what| JpegError::Truncated {
        got: bytes.len(),
        what,
    };
    loop {
        // In coded data 0xFF is followed by 0 or a restart number, else it is a marker.
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(skip) = rest
            .windows(2)
            .position(|w| matches!(w, [0xFF, m] if !matches!(m, 0x00 | 0xFF | 0xD0..=0xD7)))
        else {
            return Err(cut("its last rows are missing"));
        };
        at += skip;
        match segment_at(bytes, at) {
            Some(s) if s.marker == EOI => return Ok(()),
            Some(s) => at = s.whole.end,
            None => return Err(cut("a later scan is incomplete")),
        }
    }
}

/// The payload of the first APP1 segment that starts with `head`, without the head.
pub(crate) fn app1<'a>(bytes: &'a [u8], segments: &[Segment], head: &[u8]) -> Option<&'a [u8]> {
    segments
        .iter()
        .filter(|s| s.marker == APP1)
        .find_map(|s| bytes.get(s.payload.clone())?.strip_prefix(head))
}

/// The file with its EXIF and XMP segments replaced by the given ones (payloads with heads).
pub(crate) fn with_app1(bytes: &[u8], payloads: &[Vec<u8>]) -> Result<Vec<u8>, JpegError> {
    let segments = header(bytes)?;
    let added: usize = payloads.iter().map(|p| p.len() + 4).sum();
    let mut out = Vec::with_capacity(bytes.len() + added);
    out.extend_from_slice(&[0xFF, SOI]);
    let app0 = segments.iter().take_while(|s| s.marker == 0xE0);
    let after_app0 = app0.last().map_or(2, |s| s.whole.end);
    out.extend_from_slice(bytes.get(2..after_app0).unwrap_or_default());
    for payload in payloads {
        let length = u16::try_from(payload.len() + 2).map_err(|_| {
            JpegError::Encode(format!(
                "{} bytes of metadata do not fit a segment",
                payload.len()
            ))
        })?;
        out.extend_from_slice(&[0xFF, APP1]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(payload);
    }
    for s in segments.iter().filter(|s| s.whole.start >= after_app0) {
        let payload = bytes.get(s.payload.clone()).unwrap_or_default();
        let old =
            s.marker == APP1 && (payload.starts_with(EXIF_HEAD) || payload.starts_with(XMP_HEAD));
        if !old {
            out.extend_from_slice(bytes.get(s.whole.clone()).unwrap_or_default());
        }
    }
    let data = segments.last().map_or(2, |s| s.whole.end);
    out.extend_from_slice(bytes.get(data..).unwrap_or_default());
    Ok(out)
}
