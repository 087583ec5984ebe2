use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use whimbrel_store::{BlobHash, Blobs, ShardFiles, Storage, StoreError};

use crate::disk::FakeDisk;

fn content(number: u64) -> Vec<u8> {
    (0..200 + number as usize * 37)
        .map(|i| (i as u64 * 7 + number * 13) as u8)
        .collect()
}

/// Stores blobs; returns those that were acknowledged.
fn store_blobs(disk: &Arc<FakeDisk>) -> Vec<BlobHash> {
    let storage: Arc<dyn Storage> = disk.clone();
    let Ok(blobs) = Blobs::open(Path::new("/blobs"), storage) else {
        return Vec::new();
    };
    // One of them twice.
    [1, 2, 3, 2, 4]
        .into_iter()
        .filter_map(|number| blobs.put(&content(number)).ok())
        .collect()
}

#[test]
fn an_acknowledged_blob_survives_a_power_cut_at_any_operation() {
    let clean = Arc::new(FakeDisk::new(0, None, false));
    assert_eq!(store_blobs(&clean).len(), 5);
    let operations = clean.operations();
    assert!(operations >= 8, "{operations}");
    let mut points = 0;
    for fail_at in 1..=operations {
        for seed in 0..40 {
            let disk = Arc::new(FakeDisk::new(seed, Some(fail_at), false));
            let acknowledged = store_blobs(&disk);
            let after = Arc::new(disk.after_power_cut());
            let storage: Arc<dyn Storage> = after.clone();
            let blobs = Blobs::open(Path::new("/blobs"), storage).unwrap();
            for hash in acknowledged {
                assert!(
                    blobs.get(hash).is_ok(),
                    "lost at operation {fail_at}, seed {seed}"
                );
            }
            // And the rest can be stored again, over whatever remains, and survives the next cut.
            let hashes: Vec<_> = (1..=4)
                .map(|number| blobs.put(&content(number)).unwrap())
                .collect();
            let storage: Arc<dyn Storage> = Arc::new(after.after_power_cut());
            let blobs = Blobs::open(Path::new("/blobs"), storage).unwrap();
            for (number, hash) in (1..=4).zip(hashes) {
                assert_eq!(
                    blobs.get(hash).unwrap(),
                    content(number),
                    "operation {fail_at}, seed {seed}"
                );
            }
            points += 1;
        }
    }
    println!("{points} power cuts");
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let operations = {
        let disk = Arc::new(FakeDisk::new(0, None, false));
        store_blobs(&disk);
        disk.operations()
    };
    for fail_at in 1..=operations {
        let disk = Arc::new(FakeDisk::new(1, Some(fail_at), true));
        let storage: Arc<dyn Storage> = disk.clone();
        let blobs = Blobs::open(Path::new("/blobs"), storage).unwrap();
        let mut failures = 0;
        for number in 1..=4 {
            match blobs.put(&content(number)) {
                Ok(hash) => assert_eq!(blobs.get(hash).unwrap(), content(number)),
                Err(error) => {
                    failures += 1;
                    assert!(matches!(error, StoreError::DiskFull { .. }));
                    assert!(error.to_string().contains("free some space"), "{error}");
                }
            }
        }
        assert!(failures <= 1);
    }
}

type Given = BTreeMap<(u64, u16, u16), Vec<u8>>;

/// Receives parts of three objects, one of which is finished.
fn receive(disk: &Arc<FakeDisk>, given: &mut Given) -> Result<(), StoreError> {
    let storage: Arc<dyn Storage> = disk.clone();
    let mut files = ShardFiles::open(Path::new("/scratch"), storage)?;
    files.load()?;
    for id in 1..=3u64 {
        files.begin(id, format!("announcement {id}").as_bytes())?;
    }
    for index in 0..8u16 {
        for id in 1..=3u64 {
            let bytes = content(id * 10 + u64::from(index));
            given.insert((id, 0, index), bytes.clone());
            files.shard(id, 0, index, &bytes)?;
        }
        if index % 3 == 2 {
            files.flush()?;
        }
    }
    files.finish(2)?;
    files.flush()
}

#[test]
fn scratch_gives_back_only_what_was_given_after_a_power_cut_at_any_operation() {
    let clean = Arc::new(FakeDisk::new(0, None, false));
    receive(&clean, &mut Given::new()).unwrap();
    let operations = clean.operations();
    let mut kept = 0;
    for fail_at in 1..=operations {
        for seed in 0..60 {
            let mut given = Given::new();
            let disk = Arc::new(FakeDisk::new(seed, Some(fail_at), false));
            let _ = receive(&disk, &mut given);
            let after = Arc::new(disk.after_power_cut());
            let storage: Arc<dyn Storage> = after.clone();
            let mut files = ShardFiles::open(Path::new("/scratch"), storage).unwrap();
            let saved = files.load().unwrap();
            for (id, (announcement, parts)) in &saved.partial {
                assert_eq!(*announcement, format!("announcement {id}").into_bytes());
                for part in parts {
                    assert_eq!(Some(&part.bytes), given.get(&(*id, part.block, part.index)));
                    kept += 1;
                }
            }
            assert!(saved.done.iter().all(|id| *id == 2));
            // It can be gone on with: what is added now is read back, whatever tail was torn.
            if saved.partial.contains_key(&3) {
                files.shard(3, 1, 1, b"later").unwrap();
                files.flush().unwrap();
                let again = files.load().unwrap();
                let last = again.partial.get(&3).and_then(|(_, parts)| parts.last());
                assert_eq!(last.map(|part| part.bytes.as_slice()), Some(&b"later"[..]));
            }
        }
    }
    assert!(kept > 1000, "{kept}");
}

#[test]
fn a_killed_process_keeps_every_flushed_shard() {
    let mut given = Given::new();
    let disk = Arc::new(FakeDisk::new(0, None, false));
    receive(&disk, &mut given).unwrap();
    let storage: Arc<dyn Storage> = disk;
    let saved = ShardFiles::open(Path::new("/scratch"), storage)
        .unwrap()
        .load()
        .unwrap();
    assert_eq!(saved.done, vec![2]);
    assert_eq!(
        saved
            .partial
            .values()
            .map(|(_, parts)| parts.len())
            .sum::<usize>(),
        16
    );
}
