//! The message table against pymavlink's, where Python has it.

#![allow(clippy::disallowed_methods)] // Starts Python.

use std::path::{Path, PathBuf};
use std::process::Command;
use whimbrel_link::messages::DEFINITIONS;

/// Finds a Python that has pymavlink: `WHIMBREL_PYTHON`, the workspace's
/// virtual environment, or the system's.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let named = std::env::var_os("WHIMBREL_PYTHON").map(PathBuf::from);
    [named, Some(venv), Some(PathBuf::from("python3"))]
        .into_iter()
        .flatten()
        .find(|p| {
            let probe = Command::new(p).args(["-c", "import pymavlink"]).output();
            probe.is_ok_and(|o| o.status.success())
        })
}

#[test]
fn seeds_and_lengths_are_pymavlinks() {
    let Some(python) = python() else {
        println!("skipped: no Python with pymavlink (set WHIMBREL_PYTHON)");
        return;
    };
    let program = "
from pymavlink.dialects.v20 import all as m
for i, c in sorted(m.mavlink_map.items()):
    print(i, c.crc_extra, c.unpacker.size, c.msgname)
";
    let output = Command::new(python)
        .args(["-c", program])
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    // Newer than pymavlink's copy of the definitions: the opaque ids.
    let longer = [42, 44, 47];
    // Left out of pymavlink's copy of the definitions.
    let absent = [80, 300];
    let mut checked = 0;
    for d in DEFINITIONS {
        let line = text.lines().find(|l| l.starts_with(&format!("{} ", d.id)));
        let Some(line) = line else {
            assert!(absent.contains(&d.id), "{} is not in pymavlink", d.name);
            continue;
        };
        let mut words = line.split(' ').skip(1);
        let mut number = || {
            words
                .next()
                .and_then(|w| w.parse::<usize>().ok())
                .expect("a number")
        };
        assert_eq!(
            number(),
            usize::from(d.crc_extra),
            "CRC_EXTRA of {}",
            d.name
        );
        let length = number();
        if !longer.contains(&d.id) {
            assert_eq!(length, d.length, "length of {}", d.name);
        }
        assert_eq!(words.next(), Some(d.name));
        checked += 1;
    }
    println!("{checked} messages checked against pymavlink");
    assert!(checked > 80);
}
