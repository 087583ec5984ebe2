// Tests may read what is committed beside them.
#![allow(clippy::disallowed_methods)]

use std::path::Path;

#[test]
fn the_fuzz_corpus_harms_nobody() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/downlink_datagrams");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is committed") {
        let bytes = std::fs::read(entry.expect("entry").path()).expect("read");
        whimbrel_downlink::fuzzing::datagrams(&bytes);
        // And every prefix of its first bytes.
        for length in 0..bytes.len().min(64) {
            whimbrel_downlink::fuzzing::datagrams(&bytes[..length]);
        }
        count += 1;
    }
    assert!(count >= 6, "{count} files");
}

#[test]
fn chance_bytes_harm_nobody() {
    let mut chance = crate::radio::Chance(11);
    for _ in 0..300 {
        let length = chance.next() as usize % 2600;
        let mut bytes = chance.bytes(length);
        if let Some(first) = bytes.first_mut() {
            *first %= 7; // a frame kind, or nearly
        }
        whimbrel_downlink::fuzzing::datagrams(&bytes);
    }
}
