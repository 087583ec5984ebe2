//! The sorties, and what was asked for.

use super::{Briefing, escaped, style, units};
use crate::export::heights::Heights;
use crate::request::{Plan, Role, Sortie};
use core::fmt::Write as _;
use whimbrel_mission::{HeightReference, command};

/// Rows of the table of sorties at most; the page is one.
const MAX_ROWS: usize = 10;
/// Zones that are listed at most, and lines of zones and notes together.
const MAX_ZONES: usize = 4;
const MAX_LINES: usize = 12;
/// Longest note, characters, and how many of them a line holds.
const MAX_NOTE: usize = 170;
const LINE: usize = 36;
/// Height of a row of the table and of a line of the lists.
const ROW_MM: f64 = 5.3;
const LINE_MM: f64 = 3.95;

/// Height that the table and the lists take on the page.
pub(super) fn height_mm(plan: &Plan, briefing: &Briefing<'_>) -> f64 {
    let sorties = plan.sorties.len();
    let rows =
        1 + sorties.min(MAX_ROWS) + usize::from(sorties > MAX_ROWS) + usize::from(sorties > 1);
    let notes: usize = notes(plan, briefing).iter().map(|n| lines(n)).sum();
    // Seven lines of each list, and what may wrap in them.
    rows as f64 * ROW_MM + (notes.max(9) + 1) as f64 * LINE_MM
}

fn lines(note: &str) -> usize {
    note.chars().count().div_ceil(LINE).max(1)
}

pub(super) fn sorties(plan: &Plan, briefing: &Briefing<'_>) -> String {
    let mut body = String::new();
    for (index, sortie) in plan.sorties.iter().take(MAX_ROWS).enumerate() {
        let _ = write!(body, "<tr>{}</tr>", row(plan, briefing, index, sortie));
    }
    if plan.sorties.len() > MAX_ROWS {
        let more = plan.sorties.len() - MAX_ROWS;
        let _ = write!(
            body,
            "<tr><td></td><td colspan=\"8\">and {more} more: see the report</td></tr>"
        );
    }
    let r = &plan.report;
    if plan.sorties.len() > 1 {
        let _ = write!(
            body,
            "<tr class=\"sum\"><td></td><td>all</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.0} Wh</td><td></td><td></td></tr>",
            units::distance(r.length_m.total),
            units::metric(r.length_m.photo),
            r.photo_count,
            units::time(plan.sorties.iter().map(|s| s.cost.time_s).sum()),
            r.energy_wh,
        );
    }
    format!(
        "<section><table><thead><tr><th>#</th><th>Aircraft</th><th>Route</th><th>Photo lines</th><th>Photos</th><th>Flight time</th><th>Energy</th><th>Lowest above ground</th><th>{}</th></tr></thead><tbody>{body}</tbody></table></section>",
        match plan.height_reference {
            HeightReference::Amsl => "Highest above sea",
            HeightReference::AboveHome => "Highest above home",
        }
    )
}

fn row(plan: &Plan, briefing: &Briefing<'_>, index: usize, sortie: &Sortie) -> String {
    let heights = Heights::of(plan, sortie, briefing.ground);
    // Take-off and landing begin and end on the ground.
    let flown = || sortie.segments.iter().filter(|s| s.role != Role::Climb);
    let lowest = flown()
        .filter_map(|s| heights.lowest_agl_m(&s.points))
        .reduce(f64::min);
    let highest = flown()
        .flat_map(|s| &s.points)
        .map(|p| heights.shown_m(p))
        .reduce(f64::max);
    let shown = |m: Option<f64>| m.map_or_else(|| "–".to_owned(), units::height);
    let battery_wh = briefing
        .request
        .vehicles
        .get(sortie.vehicle_index)
        .map(|v| v.battery.energy_wh());
    let share = battery_wh.map_or_else(String::new, |wh| {
        format!(
            " <small>({:.0} %)</small>",
            100.0 * sortie.cost.energy_wh / wh
        )
    });
    format!(
        "<td><span class=\"dot\" style=\"background:{}\">{}</span></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.0} Wh{share}</td><td>{}</td><td>{}</td>",
        style::colour(index),
        index + 1,
        escaped(&sortie.vehicle),
        units::distance(sortie.length_m),
        units::metric(sortie.lengths.photo),
        sortie.photos.len(),
        units::time(sortie.cost.time_s),
        sortie.cost.energy_wh,
        shown(lowest),
        shown(highest),
    )
}

fn pair(list: &mut String, name: &str, value: &str) {
    let _ = write!(list, "<dt>{name}</dt><dd>{value}</dd>");
}

pub(super) fn details(plan: &Plan, briefing: &Briefing<'_>) -> String {
    format!(
        "<section class=\"details\"><div><h2>Flight</h2><dl>{}</dl></div><div><h2>Ways</h2><dl>{}</dl></div><div><h2>Airspace and notes</h2><ul>{}</ul></div></section>",
        flight(plan, briefing),
        ways(plan),
        notes(plan, briefing)
            .iter()
            .map(|n| format!("<li>{}</li>", escaped(n)))
            .collect::<String>(),
    )
}

fn flight(plan: &Plan, briefing: &Briefing<'_>) -> String {
    let (r, request) = (&plan.report, briefing.request);
    let mut list = String::new();
    if let Some(camera) = &request.camera {
        pair(&mut list, "Camera", &escaped(&camera.name));
        let overlap = request.overlap;
        let text = format!(
            "{:.0} % / {:.0} %",
            overlap.forward * 100.0,
            overlap.side * 100.0
        );
        pair(&mut list, "Overlap forward / side", &text);
    }
    if let Some(speed_m_s) = plan.sorties.first().and_then(speed_m_s) {
        pair(&mut list, "Speed", &units::speed(speed_m_s));
    }
    let lines = format!(
        "{:.1} m apart, {:03.0}°/{:03.0}°",
        r.swath_m,
        r.line_bearing_deg,
        r.line_bearing_deg + 180.0
    );
    pair(&mut list, "Lines", &lines);
    let wind = &request.wind;
    let wind = if wind.speed_m_s > 0.0 {
        let from = wind.from_rad.to_degrees().rem_euclid(360.0);
        format!("{from:03.0}° {}", units::speed(wind.speed_m_s))
    } else {
        "calm".into()
    };
    pair(&mut list, "Wind planned for", &wind);
    let reference = match plan.height_reference {
        HeightReference::Amsl => "above sea level (EGM96)",
        HeightReference::AboveHome => "above home, level ground",
    };
    pair(&mut list, "Heights in the mission", reference);
    list
}

/// The speed that the mission asks for first.
fn speed_m_s(sortie: &Sortie) -> Option<f64> {
    let items = sortie.mission.items.iter();
    let mut asked = items.filter(|i| i.command == command::DO_CHANGE_SPEED);
    let asked = asked.next().and_then(|i| i.params.get(1).copied());
    asked.map(f64::from).or(sortie.mission.cruise_m_s)
}

fn ways(plan: &Plan) -> String {
    let r = &plan.report;
    let mut list = String::new();
    for (name, m) in [
        ("Photo lines", r.length_m.photo),
        ("Turns", r.length_m.turn),
        ("Transits", r.length_m.transit),
        ("Climbs", r.length_m.climb),
    ] {
        pair(&mut list, name, &units::distance(m));
    }
    let mut homes: Vec<_> = Vec::new();
    for home in plan.sorties.iter().filter_map(|s| s.mission.home) {
        if !homes.contains(&home) && homes.len() < 3 {
            homes.push(home);
        }
    }
    for home in homes {
        let (lat, lon) = (home.at.lat_deg(), home.at.lon_deg());
        let place = format!("{lat:.6}, {lon:.6}");
        let angles = format!(
            "{} {}",
            units::sexagesimal(lat, ['N', 'S']),
            units::sexagesimal(lon, ['E', 'W'])
        );
        pair(&mut list, "Home", &place);
        pair(&mut list, "", &format!("<small>{angles}</small>"));
    }
    list
}

/// Zones and remarks, cut to the room that there is.
fn notes(plan: &Plan, briefing: &Briefing<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for zone in briefing.zones.iter().take(MAX_ZONES) {
        let class = if zone.class.is_empty() {
            String::new()
        } else {
            format!(" ({})", zone.class)
        };
        let name = if zone.name.is_empty() {
            "no-fly"
        } else {
            &zone.name
        };
        all.push(format!("{name}{class}: {} to {}", zone.lower, zone.upper));
    }
    if briefing.zones.len() > MAX_ZONES {
        all.push(format!(
            "and {} more zones",
            briefing.zones.len() - MAX_ZONES
        ));
    }
    if all.is_empty() {
        all.push("no zones were given: check the airspace".into());
    }
    for note in &plan.report.notes {
        if !all.contains(note) {
            all.push(note.clone());
        }
    }
    let mut room = MAX_LINES;
    let mut kept = Vec::new();
    for note in &all {
        let short: String = note.chars().take(MAX_NOTE).collect();
        let dots = if short.len() < note.len() { "…" } else { "" };
        let note = short + dots;
        let Some(left) = room.checked_sub(lines(&note)) else {
            kept.push(format!(
                "and {} more: see the report",
                all.len() - kept.len()
            ));
            break;
        };
        room = left;
        kept.push(note);
    }
    kept
}
