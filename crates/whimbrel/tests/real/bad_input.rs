//! Whatever is wrong, one clear line says so and what to do, with the exit code of the contract.

use std::net::{TcpListener, UdpSocket};
use std::time::Duration;

use serde_json::json;

use crate::operator::Operator;
use crate::program::{Running, folder, run, run_within, text};

const AREA: &str = r#"{"type":"Polygon","coordinates":[[[8.400,52.100],[8.404,52.100],[8.404,52.103],[8.400,52.103],[8.400,52.100]]]}"#;
const CROSSING: &str = r#"{"type":"Polygon","coordinates":[[[8.400,52.100],[8.404,52.103],[8.404,52.100],[8.400,52.103],[8.400,52.100]]]}"#;

fn refused(args: &[&str], code: i32, words: &[&str]) {
    let ended = run(args);
    let complaint = ended.complaint();
    assert_eq!(ended.code, Some(code), "{args:?}: {complaint}");
    for word in words {
        assert!(
            complaint.contains(word),
            "{args:?}: {word:?} is not in {complaint:?}"
        );
    }
    assert_eq!(ended.out, "", "nothing on stdout");
}

#[test]
fn the_command_line() {
    refused(&["plan"], 2, &["AREA"]);
    refused(&["fly"], 2, &["fly", "--help"]);
    refused(
        &["plan", "a.geojson", "--gsd", "3 parsecs"],
        2,
        &["parsecs", "cm"],
    );
    refused(&["plan", "a.geojson", "--gsd", "3cm"], 2, &["--camera"]);
    refused(
        &["plan", "a.geojson", "--camera", "mapper"],
        2,
        &["--gsd", "--height"],
    );
    refused(
        &[
            "plan",
            "a.geojson",
            "--camera",
            "mapper",
            "--gsd",
            "3cm",
            "-o",
            "a.docx",
        ],
        2,
        &[".plan"],
    );
    refused(
        &["sim", "--mavlink", "pigeon:127.0.0.1:1"],
        2,
        &["udpin:HOST:PORT"],
    );
    refused(&["sim", "--speed", "1000"], 2, &["speed"]);
}

#[test]
fn areas_and_terrain() {
    let dir = folder();
    let file = |name: &str, bytes: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let (area, crossing) = (
        file("area.geojson", AREA),
        file("crossing.geojson", CROSSING),
    );
    let (words, far) = (
        file("words.geojson", "no area at all"),
        file("far.json", r#"{"type":"Point","coordinates":[1,2]}"#),
    );
    let plan = |path, more: &[&str], code, said: &[&str]| {
        let mut args = vec!["plan", text(path), "--camera", "mapper", "--gsd", "5cm"];
        args.extend(more);
        refused(&args, code, said);
    };
    plan(&crossing, &[], 1, &["cross"]);
    plan(&words, &[], 1, &["words.geojson", "GeoJSON"]);
    plan(&far, &[], 1, &["far.json"]);
    let nothing = dir.path().join("nothing.kml");
    plan(&nothing, &[], 1, &["nothing.kml"]);
    plan(&area, &["--camera", "box"], 2, &["--camera"]);
    plan(&area, &["--vehicle", "balloon"], 1, &["balloon", "quad"]);
    plan(&area, &["--dem", text(&words)], 1, &["words.geojson"]);
    // A DEM of another place.
    let flat = whimbrel_geo::GridTerrain::from_crs_grid(
        whimbrel_geo::Crs::from_epsg(32632).expect("UTM 32N"),
        [300_000.0, 5_000_000.0],
        100.0,
        20,
        20,
        vec![100.0; 400],
        whimbrel_geo::VerticalDatum::Egm96,
    );
    let elsewhere = dir.path().join("elsewhere.tif");
    std::fs::write(
        &elsewhere,
        flat.expect("a grid").to_geotiff().expect("a file"),
    )
    .expect("written");
    plan(
        &area,
        &["--dem", text(&elsewhere)],
        1,
        &["DEM misses", "52.1"],
    );
    // A place that cannot be written: nothing is left half done.
    plan(
        &area,
        &["-o", "/proc/whimbrel.plan"],
        1,
        &["/proc/whimbrel.plan"],
    );
}

#[test]
fn folders_of_photos() {
    let dir = folder();
    refused(
        &["map", text(dir.path()), "-o", text(&dir.path().join("out"))],
        1,
        &[".jpg"],
    );
    refused(
        &[
            "map",
            "/nowhere/at/all",
            "-o",
            text(&dir.path().join("out")),
        ],
        1,
        &["/nowhere/at/all"],
    );
    std::fs::write(dir.path().join("letter.jpg"), "Dear Sir, this is no photo.").expect("written");
    let ended = run(&["map", text(dir.path()), "-o", text(&dir.path().join("out"))]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.complaint().contains("photos can be placed"),
        "{}",
        ended.complaint()
    );
    assert!(
        ended.err.contains("letter.jpg: "),
        "the file is named with its reason: {}",
        ended.err
    );
    assert!(!dir.path().join("out").join("orthomosaic.tif").exists());
}

#[test]
fn ports_in_use() {
    let dir = folder();
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let (tcp, udp_port) = (
        tcp.local_addr().expect("bound"),
        udp.local_addr().expect("bound").port(),
    );
    let data = dir.path().join("data");
    refused(
        &["serve", "--listen", &tcp.to_string(), "--data", text(&data)],
        1,
        &["--listen", &tcp.port().to_string()],
    );
    let mavlink = format!("udpin:127.0.0.1:{udp_port}");
    refused(
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--mavlink",
            &mavlink,
            "--data",
            text(&data),
        ],
        1,
        &[&mavlink, "choose another"],
    );
    refused(
        &["sim", "--mavlink", &mavlink],
        1,
        &[&mavlink, "choose another"],
    );
    let key = dir.path().join("a.key");
    std::fs::write(&key, "ab".repeat(32)).expect("written");
    let listen = format!("udp:127.0.0.1:{udp_port}");
    refused(
        &[
            "receive",
            "--listen",
            &listen,
            "--key",
            text(&key),
            "-o",
            text(&dir.path().join("in")),
        ],
        1,
        &["port"],
    );
    let doctor = run(&[
        "doctor",
        "--listen",
        &tcp.to_string(),
        "--data",
        text(&data),
    ]);
    assert_eq!(doctor.code, Some(3), "{}", doctor.out);
    assert!(doctor.out.contains("WRONG listen"), "{}", doctor.out);
}

#[test]
fn keys_and_silence() {
    let dir = folder();
    let key = dir.path().join("short.key");
    std::fs::write(&key, "abc").expect("written");
    refused(
        &[
            "send",
            text(dir.path()),
            "--to",
            "udp:127.0.0.1:9",
            "--key",
            text(&key),
        ],
        1,
        &["short.key", "whimbrel key"],
    );
    // Nobody answers.
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
    std::fs::write(&key, "cd".repeat(32)).expect("written");
    let to = format!("udp:{}", silent.local_addr().expect("bound"));
    let files = dir.path().join("files");
    std::fs::create_dir(&files).expect("made");
    std::fs::write(files.join("a.bin"), [7; 5000]).expect("written");
    let ended = run_within(
        Duration::from_secs(60),
        &["send", text(&files), "--to", &to, "--key", text(&key)],
    );
    assert_eq!(ended.code, Some(4), "{}", ended.err);
    assert!(
        ended.complaint().contains("no answer"),
        "{}",
        ended.complaint()
    );
}

#[test]
fn a_mission_for_a_vehicle_that_is_not_there() {
    let dir = folder();
    let data = dir.path().join("data");
    let mut serve = Running::start(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--mavlink",
        "udpin:127.0.0.1:0",
        "--data",
        text(&data),
    ]);
    let ready = serve.ready();
    let operator = Operator::signed_in(&ready);
    let order = json!({"command": "upload", "args": {"plan": "1", "sortie": 0}});
    let (status, problem) = operator.post("/vehicles/9/commands", &order);
    assert_eq!(status, 404);
    let detail = problem["detail"].as_str().expect("words");
    assert!(detail.contains("vehicle"), "{problem}");
    assert_eq!(
        serve.interrupt(Duration::from_secs(20)),
        Some(0),
        "Ctrl-C ends it cleanly"
    );
}
