//! The demo's report: JSON for programs, one page of HTML for people.

use std::fmt::Write;

use anyhow::Context;
use serde_json::{Value, json};
use whimbrel_mosaic::compare::Accuracy;

use super::raster::{Raster, measure};
use super::setting::{FLEET, Setting};
use super::truth;
use crate::outcome::{read, write};

/// Standard deviation of the photos' GPS, per axis: what the demo's cameras have.
const GPS_SIGMA_M: f64 = 1.5;

/// What the flow saw, next to the files.
pub struct Seen {
    /// `report` of the plan.
    pub plan: Value,
    /// `GET /photos`.
    pub photos: Vec<Value>,
    /// `GET /map`.
    pub map: Value,
    /// The radio's counters.
    pub radio: Value,
    /// Seconds of the wall since the demo was started this time.
    pub wall_s: f64,
    /// Slowest speed of simulated time that this machine could follow.
    pub slowest: f64,
}

fn last_shutter_s(photos: &[Value]) -> Option<f64> {
    photos
        .iter()
        .filter_map(|p| p["time_s"].as_f64())
        .max_by(f64::total_cmp)
}

/// Put the report together and write `report.json` and `report.html`.
pub fn make(setting: &Setting, seen: &Seen) -> anyhow::Result<Value> {
    let map = Raster::read(&setting.path("orthomosaic.tif"))?;
    let reference = Raster::read(&setting.path("truth/orthophoto.tif"))?;
    let accuracy = measure(&map, &reference);
    let coverage = map.coverage(setting)?;
    let thumbnail = map.thumbnail()?;
    let cameras: Vec<Value> = serde_json::from_slice(&read(&setting.path("cameras.json"))?)
        .context("read cameras.json")?;
    let matched = cameras.iter().filter(|c| c["state"] == "matched").count();
    let taken = truth::photos(setting);
    let received = |layer: &str| seen.photos.iter().filter(|p| p["layer"] == layer).count();
    let map_ready_s = setting
        .state
        .map_ready_s
        .zip(last_shutter_s(&taken))
        .map(|(ready, last)| ready - last);
    let planned_rows = seen.plan["sorties"].as_array().cloned().unwrap_or_default();
    let sorties: Vec<Value> = FLEET
        .iter()
        .zip(&planned_rows)
        .map(|(craft, planned)| {
            let flight = setting.state.landed.get(&craft.system);
            json!({
                "system": craft.system,
                "vehicle": craft.vehicle,
                "autopilot": craft.autopilot,
                "planned": {"time_s": planned["time_s"], "energy_wh": planned["energy_wh"], "length_m": planned["length_m"]},
                "flown": {"time_s": flight.map(|f| f.time_s), "energy_wh": flight.map(|f| f.energy_wh)},
                "photos": taken.iter().filter(|p| p["vehicle"].as_u64() == Some(u64::from(craft.system))).count(),
            })
        })
        .collect();
    let flown_time_s = sorties
        .iter()
        .filter_map(|s| s["flown"]["time_s"].as_f64())
        .fold(0.0, f64::max);
    let flown_wh: f64 = sorties
        .iter()
        .filter_map(|s| s["flown"]["energy_wh"].as_f64())
        .sum();
    let gsd_m = seen.map["gsd_m"].as_f64();
    let report = json!({
        "area_m2": seen.plan["area_m2"],
        "aircraft": FLEET.len(),
        "photos_planned": seen.plan["photo_count"],
        "photos_flown": taken.len(),
        "photos_received": seen.photos.iter().filter(|p| p["layer"] != "none").count(),
        "originals_received": received("original"),
        "photos_matched": matched,
        "coverage": coverage,
        "gsd_m": gsd_m,
        "rmse_absolute_m": accuracy.map(|a| a.rmse_absolute_m),
        "rmse_gsd": accuracy.zip(gsd_m).map(|(a, gsd)| a.rmse_similarity_m / gsd),
        "rmse_similarity_m": accuracy.map(|a| a.rmse_similarity_m),
        "check_points": accuracy.map(|a| a.points),
        "gps_sigma_m": GPS_SIGMA_M,
        "map_ready_after_last_shutter_s": map_ready_s,
        "radio": seen.radio,
        "planned": {"time_s": seen.plan["time_s"], "energy_wh": seen.plan["energy_wh"]},
        "flown": {"time_s": flown_time_s, "energy_wh": flown_wh},
        "sorties": sorties,
        "seed": setting.state.seed,
        "speed": setting.state.speed,
        "slowest_speed": seen.slowest,
        "resumed": setting.resumed,
        "wall_s": seen.wall_s,
    });
    write(
        &setting.path("report.json"),
        serde_json::to_string_pretty(&report)?.as_bytes(),
    )?;
    write(
        &setting.path("report.html"),
        page(setting, &report, accuracy.as_ref(), &thumbnail).as_bytes(),
    )?;
    Ok(report)
}

/// Base64 (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |group, (i, b)| group | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let letter = ALPHABET
                .get((group >> (18 - 6 * i) & 63) as usize)
                .copied()
                .unwrap_or(b'A');
            out.push(if i <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    out
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #16202a; --quiet: #5a6875; --paper: #fbfaf7; --line: #d8dce0; --mark: #0b6e6e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf1; --quiet: #9aa7b3; --paper: #10161c; --line: #2c3742; --mark: #5cc7c0; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.quiet, caption, figcaption, footer { color: var(--quiet); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.figures li { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.figures b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; } .figures span { color: var(--quiet); font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } figure { margin: 0; } img { width: 100%; height: auto; border: 1px solid var(--line); border-radius: .5rem; background: #fff; }
footer { margin-top: 2rem; font-size: .85rem; } a { color: var(--mark); }
@media print { body { margin: 0; max-width: none; } img { max-height: 14cm; width: auto; } h2 { break-after: avoid; } table, figure { break-inside: avoid; } }
";

fn number(value: &Value, digits: usize) -> String {
    value
        .as_f64()
        .map_or_else(|| "–".into(), |v| format!("{v:.digits$}"))
}

fn minutes(value: &Value) -> String {
    value.as_f64().map_or_else(
        || "–".into(),
        |s| format!("{}:{:02}", s as u64 / 60, s as u64 % 60),
    )
}

fn page(setting: &Setting, r: &Value, accuracy: Option<&Accuracy>, thumbnail: &[u8]) -> String {
    let mut html = String::new();
    let ha = r["area_m2"].as_f64().unwrap_or(0.0) / 1e4;
    let figure = |value: String, what: &str| format!("<li><b>{value}</b><span>{what}</span></li>");
    let mut rows = String::new();
    for s in r["sorties"].as_array().into_iter().flatten() {
        // Writing to a string cannot fail.
        let _ = write!(
            rows,
            "<tr><td>{} {}, {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            s["vehicle"].as_str().unwrap_or_default(),
            s["system"],
            s["autopilot"].as_str().unwrap_or_default(),
            minutes(&s["planned"]["time_s"]),
            minutes(&s["flown"]["time_s"]),
            number(&s["planned"]["energy_wh"], 1),
            number(&s["flown"]["energy_wh"], 1),
            s["photos"]
        );
    }
    let radio = &r["radio"];
    let shift = accuracy.map_or_else(String::new, |a| {
        format!("{:+.2} m east, {:+.2} m north", a.shift_m[0], a.shift_m[1])
    });
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Whimbrel demo: survey report</title><style>{STYLE}</style></head><body>\
         <h1>Survey of {ha:.1} ha</h1>\
         <p class=\"quiet\">Simulated demonstration, seed {}, at {}× time (slowed down to {:.1}× where this machine was short of time): planned, flown over MAVLink by {} aircraft, received over a radio that loses a fifth of what is sent, and mapped in flight.</p>\
         <ul class=\"figures\">{}{}{}{}{}{}</ul>",
        setting.state.seed,
        setting.state.speed,
        r["slowest_speed"].as_f64().unwrap_or(0.0),
        r["aircraft"],
        figure(
            format!("{} / {}", r["photos_matched"], r["photos_flown"]),
            "photos matched of those flown"
        ),
        figure(
            format!("{:.1} %", r["coverage"].as_f64().unwrap_or(0.0) * 100.0),
            "of the area in the map"
        ),
        figure(
            format!(
                "{} cm",
                number(&json!(r["gsd_m"].as_f64().map(|m| m * 100.0)), 1)
            ),
            "ground sample distance"
        ),
        figure(
            format!("{} m", number(&r["rmse_absolute_m"], 2)),
            "absolute error (RMSE)"
        ),
        figure(
            format!("{} GSD", number(&r["rmse_gsd"], 2)),
            "error after one similarity"
        ),
        figure(
            format!("{} s", number(&r["map_ready_after_last_shutter_s"], 1)),
            "from last shutter to the map, simulated"
        ),
    );
    let _ = write!(
        html,
        "<figure><img alt=\"The orthomosaic\" src=\"data:image/jpeg;base64,{}\"><figcaption>The orthomosaic, small. Full size: <a href=\"orthomosaic.tif\">orthomosaic.tif</a>; heights: <a href=\"surface.tif\">surface.tif</a>.</figcaption></figure>\
         <h2>Planned and flown</h2><table><thead><tr><th>Aircraft</th><th>planned min</th><th>flown min</th><th>planned Wh</th><th>flown Wh</th><th>photos</th></tr></thead><tbody>{rows}\
         <tr><td>all</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr></tbody></table>",
        base64(thumbnail),
        minutes(&r["planned"]["time_s"]),
        minutes(&r["flown"]["time_s"]),
        number(&r["planned"]["energy_wh"], 1),
        number(&r["flown"]["energy_wh"], 1),
        r["photos_flown"]
    );
    let _ = write!(
        html,
        "<h2>Accuracy</h2><table><tbody><tr><td>Check points against <a href=\"truth/orthophoto.tif\">the truth</a></td><td>{}</td></tr>\
         <tr><td>Error before any correction (RMSE, horizontal)</td><td>{} m</td></tr><tr><td>Mean displacement</td><td>{shift}</td></tr>\
         <tr><td>Error after one horizontal similarity</td><td>{} m</td></tr><tr><td>GPS of the photos (σ per axis)</td><td>{} m</td></tr></tbody></table>\
         <h2>Radio</h2><table><tbody><tr><td>Rate</td><td>{:.1} Mbit/s</td></tr><tr><td>Datagrams sent</td><td>{}</td></tr><tr><td>Datagrams lost</td><td>{}</td></tr>\
         <tr><td>Payload</td><td>{:.1} MB</td></tr><tr><td>On air, with headers</td><td>{:.1} MB</td></tr></tbody></table>\
         <footer>Missions: <a href=\"missions/\">missions/</a> · flight records (MCAP): <a href=\"flights/\">flights/</a> · numbers: <a href=\"report.json\">report.json</a> · cameras: <a href=\"cameras.json\">cameras.json</a>, true ones <a href=\"truth/cameras.json\">truth/cameras.json</a></footer></body></html>",
        r["check_points"],
        number(&r["rmse_absolute_m"], 3),
        number(&r["rmse_similarity_m"], 3),
        number(&r["gps_sigma_m"], 1),
        radio["rate_bit_s"].as_f64().unwrap_or(0.0) * 1e-6,
        radio["datagrams_sent"],
        radio["datagrams_erased"],
        radio["payload_bytes"].as_f64().unwrap_or(0.0) * 1e-6,
        radio["bytes_on_air"].as_f64().unwrap_or(0.0) * 1e-6
    );
    html
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_as_the_standard_has_it() {
        // RFC 4648 §10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(super::base64(plain.as_bytes()), coded);
        }
    }
}
