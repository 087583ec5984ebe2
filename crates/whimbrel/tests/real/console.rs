//! The console in a real Chromium on a real server with a simulated aircraft: sign in, draw, plan, fly, Return, map.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::program::{Running, finish, folder, run, text};

const LIMIT: Duration = Duration::from_secs(540);
/// Fast enough to see photos within a minute, slow enough for software rendering.
const SPEED: &str = "3";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is missing for this test, if anything.
fn missing() -> Option<&'static str> {
    let chromium = std::env::var_os("CHROMIUM")
        .map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !root().join("web/node_modules/playwright-core").is_dir() {
        return Some("the console's npm packages are not installed (cd web && npm ci)");
    }
    if !root().join("web/dist/index.html").is_file() {
        return Some("the console is not built (cd web && npm run build)");
    }
    if !chromium.is_file() {
        return Some("Chromium is not installed");
    }
    None
}

#[test]
fn an_operator_signs_in_draws_plans_flies_returns_and_sees_the_map() {
    if let Some(what) = missing() {
        println!("skipped: {what}");
        return;
    }
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("1.key"), run(&["key"]).out).expect("a key");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock")
        .as_secs()
        .to_string();
    let clock = ["--speed", SPEED, "--speed-from", &now];
    let (data, key, photos) = (at("data"), at("1.key"), at("photos"));
    let mut args = vec![
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--mavlink",
        "udpin:127.0.0.1:0",
        "--receive",
        "udp:127.0.0.1:0",
    ];
    args.extend(
        ["--key", text(&key), "--data", text(&data), "--simulated"]
            .iter()
            .chain(&clock),
    );
    let mut serve = Running::start(&args);
    let ready = serve.ready();
    let said = |name: &str| ready[name].as_str().expect(name).to_owned();
    let mavlink = format!(
        "udpout:{}",
        ready["mavlink"][0].as_str().expect("an address")
    );
    let mut args = vec![
        "sim",
        "--vehicle",
        "quad",
        "--mavlink",
        &mavlink,
        "--photos",
        text(&photos),
        "--landscape",
        "700m",
    ];
    args.extend(clock);
    let mut sim = Running::start(&args);
    sim.ready();
    let (to, folder_of_one) = (format!("udp:{}", said("receive")), photos.join("1"));
    let mut args = vec![
        "air",
        "--photos",
        text(&folder_of_one),
        "--to",
        &to,
        "--key",
        text(&key),
        "--rate",
        "8Mbit",
    ];
    args.extend(clock);
    std::fs::create_dir_all(&folder_of_one).expect("a camera folder");
    let _air = Running::start(&args);
    let shots = std::env::var_os("WHIMBREL_SCREENSHOTS").map_or_else(|| at("shots"), PathBuf::from);
    let mut script = Command::new("node");
    script
        .arg(root().join("tests/real/console/console.mjs"))
        .args([
            &said("url"),
            &said("code"),
            text(&shots),
            "--limit",
            "480",
            "--side",
            "260",
        ]);
    let ended = finish(script, LIMIT);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
    for name in ["1-signed-in.png", "7-map.png"] {
        let size = std::fs::metadata(shots.join(name)).map_or(0, |m| m.len());
        assert!(size > 20_000, "{name} has {size} bytes");
    }
}
