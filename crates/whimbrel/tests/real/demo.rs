//! The whole job, small: planned, flown over MAVLink, received over the radio, mapped, measured; also with `kill -9`,
//! and also when it is stopped and begun again.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::operator::Operator;
use crate::program::{Running, folder, signal, text};

/// A demo of this size takes one to two minutes.
const LIMIT: Duration = Duration::from_secs(420);
const SIDE: &str = "190m";
const SPEED: &str = "5";

fn begin(out: &Path, seed: &str) -> (Running, Value) {
    let mut demo = Running::start(&[
        "demo",
        "--headless",
        "--side",
        SIDE,
        "--speed",
        SPEED,
        "--seed",
        seed,
        "-o",
        text(out),
    ]);
    let ready = demo.ready();
    (demo, ready)
}

fn json_file(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&bytes).expect("JSON")
}

fn holds_what_the_contract_says(out: &Path, report: &Value) {
    let number = |key: &str| {
        report[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{key} is missing: {report}"))
    };
    let (flown, matched) = (number("photos_flown"), number("photos_matched"));
    assert!(flown >= 12.0, "{report}");
    assert_eq!(number("photos_received"), flown, "every photo has arrived");
    assert_eq!(
        number("originals_received"),
        flown,
        "every original has arrived"
    );
    assert!(matched >= 0.85 * flown, "{matched} of {flown} matched");
    assert!(number("coverage") > 0.98, "{report}");
    assert!(number("rmse_gsd") <= 2.0, "after one similarity: {report}");
    assert!(
        number("rmse_absolute_m") <= 2.0 * number("gps_sigma_m"),
        "{report}"
    );
    assert!(number("check_points") >= 30.0, "{report}");
    let of = |group: &str, key: &str| {
        report[group][key]
            .as_f64()
            .unwrap_or_else(|| panic!("{group}.{key} is missing: {report}"))
    };
    let ratio = of("flown", "time_s") / of("planned", "time_s");
    assert!(
        (0.6..1.8).contains(&ratio),
        "flown in {ratio:.2} of the planned time"
    );
    assert!(of("flown", "energy_wh") > 0.0 && of("planned", "energy_wh") > 0.0);
    let lost = of("radio", "datagrams_erased") / of("radio", "datagrams_sent");
    assert!(
        (0.15..0.5).contains(&lost),
        "{lost:.2} of the datagrams were lost"
    );
    assert!(of("radio", "bytes_on_air") > of("radio", "payload_bytes"));
    for name in [
        "orthomosaic.tif",
        "surface.tif",
        "cameras.json",
        "truth/orthophoto.tif",
        "truth/surface.tif",
        "report.html",
    ] {
        assert!(
            out.join(name)
                .metadata()
                .unwrap_or_else(|e| panic!("{name}: {e}"))
                .len()
                > 1_000,
            "{name}"
        );
    }
    let truth = json_file(&out.join("truth/cameras.json"));
    assert_eq!(truth.as_array().expect("rows").len() as f64, flown);
    let logs = std::fs::read_dir(out.join("flights"))
        .expect("flights")
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "mcap"));
    assert!(logs.count() >= 2, "a record of each flight");
    assert!(out.join("missions/sortie-1.plan").exists());
    let page = std::fs::read_to_string(out.join("report.html")).expect("a page");
    assert!(
        page.contains("data:image/jpeg;base64,")
            && !page.contains("http://")
            && !page.contains("https://"),
        "nothing is fetched"
    );
}

fn arrived(operator: &Operator) -> Vec<String> {
    let rows = operator.rows("/photos");
    rows.iter()
        .filter(|p| p["layer"] != "none")
        .filter_map(|p| p["name"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn from_an_area_to_a_map_though_serve_and_air_are_killed() {
    let dir = folder();
    let (mut demo, ready) = begin(dir.path(), "3");
    let operator = Operator::signed_in(&ready);
    let deadline = Instant::now() + LIMIT;
    while arrived(&operator).len() < 4 {
        assert!(Instant::now() < deadline, "no photos arrive");
        std::thread::sleep(Duration::from_millis(200));
    }
    let (photos, audit) = (arrived(&operator), operator.rows("/audit?limit=1000"));
    assert!(
        operator
            .rows("/vehicles")
            .iter()
            .any(|v| v["armed"] == true),
        "in flight"
    );
    let pid = |name: &str| ready["pids"][name].as_u64().expect("a pid") as u32;
    signal("KILL", pid("serve"));
    signal("KILL", pid("air-1"));
    std::thread::sleep(Duration::from_millis(500));
    let kept = arrived(&operator);
    assert!(
        photos.iter().all(|p| kept.contains(p)),
        "no acknowledged photo is lost: {photos:?}, {kept:?}"
    );
    let after = operator.rows("/audit?limit=1000");
    assert!(
        audit
            .iter()
            .all(|row| after.iter().any(|a| a["id"] == row["id"]
                && a["verb"] == row["verb"]
                && a["detail"] == row["detail"])),
        "no audit row is lost"
    );
    assert!(!operator.rows("/plans").is_empty(), "no plan is lost");
    let done = demo.event(LIMIT, "done");
    assert_eq!(demo.end(Duration::from_secs(60)), Some(0));
    holds_what_the_contract_says(dir.path(), &done["report"]);
    assert_eq!(done["report"], json_file(&dir.path().join("report.json")));
}

#[test]
fn stopped_and_gone_on_with() {
    let dir = folder();
    let (mut demo, ready) = begin(dir.path(), "4");
    demo.wait_for(LIMIT, |line| {
        line["text"]
            .as_str()
            .is_some_and(|t| t.contains("has landed"))
    });
    assert_eq!(
        demo.interrupt(Duration::from_secs(60)),
        Some(0),
        "Ctrl-C stops it cleanly"
    );
    for name in ["serve", "sim", "air-1", "air-2"] {
        let pid = ready["pids"][name].as_u64().expect("a pid");
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "{name} has ended too"
        );
    }
    // Other parameters do not fit what is there.
    let other = crate::program::run(&[
        "demo",
        "--headless",
        "--side",
        "200m",
        "--speed",
        SPEED,
        "--seed",
        "4",
        "-o",
        text(dir.path()),
    ]);
    assert_eq!(other.code, Some(1));
    assert!(
        other.complaint().contains("--side"),
        "{}",
        other.complaint()
    );
    let (mut demo, _) = begin(dir.path(), "4");
    let done = demo.event(LIMIT, "done");
    assert_eq!(demo.end(Duration::from_secs(60)), Some(0));
    assert_eq!(done["report"]["resumed"], true);
    holds_what_the_contract_says(dir.path(), &done["report"]);
}
