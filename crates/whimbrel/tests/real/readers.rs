//! The files of a plan in other people's ground stations, and from there in a vehicle and back.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::plans::{field, slope, sortie_file};
use crate::program::{Running, client, finish, folder, python, run, text};

const LIMIT: Duration = Duration::from_secs(180);

/// pymavlink's own reader.
fn mavwp(file: &Path, items: u64) {
    let Some(python) = python("pymavlink") else {
        return;
    };
    let program = "import sys\nfrom pymavlink import mavwp\nw = mavwp.MAVWPLoader()\nprint(w.load(sys.argv[1]))";
    let mut command = Command::new(python);
    command.args(["-c", program]).arg(file);
    let ended = finish(command, LIMIT);
    let count: u64 = ended
        .out
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("mavwp: {} {}", ended.out, ended.err));
    // Their count has the home slot.
    assert_eq!(count, items + 1, "items loaded from {}", file.display());
}

/// Another ground station reads the file, gives it to a simulated vehicle at `home`, reads it back and compares.
fn through(module: &str, autopilot: &str, home: &str, file: &Path) {
    let Some(python) = python(module) else { return };
    let home = format!("--home={home}");
    let mut sim = Running::start(&[
        "sim",
        "--autopilot",
        autopilot,
        "--mavlink",
        "tcpin:127.0.0.1:0",
        &home,
    ]);
    let ready = sim.ready();
    let address = ready["mavlink"][0].as_str().expect("an address");
    let mut command = Command::new(python);
    if module == "mavsdk" {
        command
            .arg(client("mavsdk_load.py"))
            .arg(format!("tcpout:{address}"));
    } else {
        command
            .arg(client("mavproxy_load.py"))
            .arg(format!("tcp:{address}"));
    }
    command.arg(file);
    let ended = finish(command, LIMIT);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
    let items = &ended.json()["items"];
    assert!(items.as_u64().is_some_and(|n| n > 10), "{items} items");
}

fn loads(args: &[&str], home: &str, folder: &Path) {
    let here = format!("--home={home}");
    let plan = |more: &[&str]| {
        let mut all = vec!["--json", "plan"];
        all.extend(args);
        all.extend(more);
        all.push(&here);
        let ended = run(&all);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.json()["sorties"].as_array().expect("sorties").clone()
    };
    let waypoints = folder.join("a.waypoints");
    for (number, sortie) in plan(&["-o", text(&waypoints)]).iter().enumerate() {
        let file = sortie_file(folder, "a", number, "waypoints");
        mavwp(&file, sortie["waypoint_count"].as_u64().expect("a count"));
        through("MAVProxy", "ardupilot", home, &file);
    }
    let qgc = folder.join("p.plan");
    let sorties = plan(&["--autopilot", "px4", "-o", text(&qgc)]).len();
    for number in 0..sorties {
        let file = sortie_file(folder, "p", number, "plan");
        through("mavsdk", "px4", home, &file);
    }
}

#[test]
fn a_planned_field_loads_in_other_ground_stations() {
    let Some(field) = field() else { return };
    let dir = folder();
    let args = [text(&field), "--camera", "p4pro", "--gsd", "2cm"];
    loads(&args, "51.5115,6.0625", dir.path());
}

#[test]
fn a_planned_mountainside_loads_in_other_ground_stations() {
    let dir = folder();
    let Some(slope) = slope(dir.path()) else {
        return;
    };
    let args = [
        text(&slope.area),
        "--camera",
        "mapper",
        "--gsd",
        "8cm",
        "--dem",
        text(&slope.dem),
    ];
    loads(&args, &slope.home, dir.path());
}
