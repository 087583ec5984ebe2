//! Framing and the message table.

use proptest::prelude::*;
use whimbrel_link::frame::{BUFFER_MAX, encode};
use whimbrel_link::message::definition;
use whimbrel_link::messages::{self, DEFINITIONS, Message};
use whimbrel_link::wire::PAYLOAD_MAX;
use whimbrel_link::{Frame, Header, ParseError, Parser, Text};

fn frames(bytes: &[u8]) -> Vec<Result<Frame, ParseError>> {
    let mut parser = Parser::new();
    parser.push(bytes);
    std::iter::from_fn(|| parser.next()).collect()
}

fn heartbeat() -> Message {
    messages::Heartbeat {
        r#type: 2,
        autopilot: 3,
        base_mode: 81,
        custom_mode: 5,
        system_status: 3,
        mavlink_version: 3,
    }
    .into()
}

#[test]
fn seeds_are_the_published_ones() {
    // CRC_EXTRA as in the reference implementation's generated tables.
    for (id, crc_extra) in [
        (0, 50),
        (1, 124),
        (2, 137),
        (4, 237),
        (11, 89),
        (20, 214),
        (21, 159),
        (22, 220),
        (23, 168),
        (24, 24),
        (30, 39),
        (33, 104),
        (39, 254),
        (40, 230),
        (44, 221),
        (47, 153),
        (51, 196),
        (73, 38),
        (74, 20),
        (75, 158),
        (76, 152),
        (77, 143),
        (80, 14),
        (109, 185),
        (110, 84),
        (148, 178),
        (180, 52),
        (253, 83),
        (263, 133),
        (300, 217),
    ] {
        let known = definition(id).map(|d| d.crc_extra);
        assert_eq!(known, Some(crc_extra), "message {id}");
    }
}

#[test]
fn the_table_is_sorted_so_that_lookup_works() {
    assert!(DEFINITIONS.windows(2).all(|w| w[0].id < w[1].id));
    for d in DEFINITIONS {
        assert_eq!(definition(d.id).map(|d| d.name), Some(d.name));
    }
}

#[test]
fn noise_around_frames_is_skipped_and_told() {
    let good = encode(Header::default(), &heartbeat());
    let mut bytes = b"noise".to_vec();
    bytes.extend(&good);
    bytes.extend([0xfd, 0x20]); // looks like a frame, is cut short
    bytes.extend(&good);
    bytes.extend(&good);
    let all = frames(&bytes);
    assert_eq!(all[0], Err(ParseError::Junk { bytes: 5 }));
    let ok = all.iter().filter(|f| f.is_ok()).count();
    assert!(ok >= 2, "{all:?}");
    assert!(all.iter().any(|f| matches!(
        f,
        Err(ParseError::Checksum { .. } | ParseError::Flags { .. })
    )));
}

#[test]
fn a_flipped_bit_is_noticed() {
    let good = encode(Header::default(), &heartbeat());
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(
            !frames(&bad)
                .iter()
                .any(|f| f.as_ref().is_ok_and(|f| f.message == heartbeat()))
        );
    }
}

#[test]
fn mavlink_1_is_read() {
    // A heartbeat made by pymavlink 2.4.50 in the v1.0 dialect:
    // type 2, autopilot 3, base_mode 81, custom_mode 5, status 3, version 3.
    let body = [9_u8, 7, 1, 1, 0, 5, 0, 0, 0, 2, 3, 81, 3, 3];
    let crc = whimbrel_link::crc::step(
        whimbrel_link::crc::update(whimbrel_link::crc::START, &body),
        50,
    );
    let mut bytes = vec![0xfe];
    bytes.extend(body);
    bytes.extend(crc.to_le_bytes());
    let all = frames(&bytes);
    let frame = all[0].as_ref().expect("a frame");
    assert!(frame.v1);
    assert_eq!(
        frame.header,
        Header {
            sequence: 7,
            system: 1,
            component: 1
        }
    );
    assert_eq!(frame.message, heartbeat());
}

#[test]
fn a_signature_is_kept() {
    let mut bytes = encode(Header::default(), &heartbeat());
    bytes.truncate(bytes.len() - 2);
    bytes[2] = 1;
    let crc = whimbrel_link::crc::update(whimbrel_link::crc::START, &bytes[1..]);
    bytes.extend(whimbrel_link::crc::step(crc, 50).to_le_bytes());
    bytes.extend([9, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
    let all = frames(&bytes);
    let signature = all[0].as_ref().expect("a frame").signature.expect("signed");
    assert_eq!(
        (signature.link, signature.timestamp, signature.hash),
        (9, 1, [1, 2, 3, 4, 5, 6])
    );
    assert_eq!(all.len(), 1);
}

#[test]
fn unknown_messages_pass_through() {
    let strange = Message::Unknown {
        id: 54_321,
        payload: vec![1, 2, 3],
        crc_extra: 77,
    };
    let bytes = encode(Header::default(), &strange);
    let all = frames(&bytes);
    assert_eq!(all[0].as_ref().expect("a frame").message, strange);
}

#[test]
fn unknown_flags_are_refused() {
    let mut bytes = encode(Header::default(), &heartbeat());
    bytes[2] = 2;
    assert_eq!(frames(&bytes)[0], Err(ParseError::Flags { flags: 2 }));
}

#[test]
fn the_buffer_is_bounded() {
    let mut parser = Parser::new();
    parser.push(&vec![0xfd; BUFFER_MAX + 10]);
    assert_eq!(parser.next(), Some(Err(ParseError::Overflow { bytes: 10 })));
}

#[test]
fn text_is_cut_between_characters() {
    assert_eq!(Text::<4>::new("aäöü").as_str(), "aä");
    assert_eq!(Text::<4>([b'o', 0xff, b'k', 0]).as_str(), "o");
}

proptest! {
    #[test]
    fn any_message_survives_the_wire(
        index in 0..DEFINITIONS.len(),
        payload in proptest::collection::vec(any::<u8>(), PAYLOAD_MAX),
        cut in 0..PAYLOAD_MAX,
        header in any::<(u8, u8, u8)>(),
    ) {
        let id = DEFINITIONS[index].id;
        let mut full = [0; PAYLOAD_MAX];
        full[..cut].copy_from_slice(&payload[..cut]);
        let message = Message::read(id, &full).expect("known");
        let header = Header { sequence: header.0, system: header.1, component: header.2 };
        let bytes = encode(header, &message);
        let all = frames(&bytes);
        prop_assert_eq!(all.len(), 1);
        let frame = all[0].as_ref().expect("a frame");
        prop_assert_eq!(frame.header, header);
        // Compared as bytes, since NaN differs from itself.
        let (mut a, mut b) = ([0; PAYLOAD_MAX], [0; PAYLOAD_MAX]);
        prop_assert_eq!(message.write(&mut a), frame.message.write(&mut b));
        prop_assert_eq!(a, b);
        prop_assert_eq!(&full[..DEFINITIONS[index].length], &a[..DEFINITIONS[index].length]);
    }

    #[test]
    fn any_split_of_the_stream_gives_the_same_frames(
        cuts in proptest::collection::vec(1_usize..40, 1..60),
        noise in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let mut stream = noise;
        for sequence in 0..20 {
            stream.extend(encode(Header { sequence, system: 1, component: 1 }, &heartbeat()));
        }
        let whole: Vec<_> = frames(&stream).into_iter().flatten().collect();
        prop_assert!(whole.len() >= 8);
        let mut parser = Parser::new();
        let mut split = vec![];
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            parser.push(now);
            split.extend(std::iter::from_fn(|| parser.next()).flatten());
            rest = later;
        }
        prop_assert_eq!(split, whole);
    }
}

#[test]
#[allow(clippy::disallowed_methods)] // Reads the corpus.
fn the_corpus_of_the_fuzzer_passes() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/mavlink_frames"
    );
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is committed") {
        let bytes = std::fs::read(entry.expect("listed").path()).expect("readable");
        whimbrel_link::frame::check_stream(&bytes);
        files += 1;
    }
    assert!(files >= 10, "{files} files");
}
