//! The numbers at the top.

use super::{Briefing, units};
use crate::request::Plan;

/// A tile: what it is, a number with its unit, another unit below.
fn tile(what: &str, number: &str, unit: &str, below: &str) -> String {
    format!("<div><span>{what}</span><b>{number} <small>{unit}</small></b><i>{below}</i></div>")
}

pub(super) fn tiles(plan: &Plan, briefing: &Briefing<'_>) -> String {
    let r = &plan.report;
    let (area, unit) = units::area(r.area_m2);
    let (gsd, inches) = r.gsd_m.map_or(("–".into(), "no camera".into()), |m| {
        (format!("{:.1}", m * 100.0), format!("{:.2} in", m / 0.0254))
    });
    let longest = plan
        .sorties
        .iter()
        .map(|s| s.cost.time_s)
        .fold(0.0, f64::max);
    let share = plan
        .sorties
        .iter()
        .filter_map(|s| {
            let vehicle = briefing.request.vehicles.get(s.vehicle_index)?;
            Some(s.cost.energy_wh / vehicle.battery.energy_wh())
        })
        .fold(0.0, f64::max);
    let spacing = r
        .photo_spacing_m
        .map_or_else(String::new, |m| format!("every {m:.1} m"));
    let sorties = plan.sorties.len();
    let vehicles = briefing.request.vehicles.len();
    let craft = if vehicles == 1 {
        "1 aircraft".to_owned()
    } else {
        format!("{vehicles} aircraft")
    };
    let tiles = [
        tile("Area", &area, unit, &units::acres(r.area_m2)),
        tile(
            "Above ground",
            &format!("{:.0}", r.height_m),
            "m",
            &units::feet(r.height_m),
        ),
        tile(
            "Ground sample",
            &gsd,
            if r.gsd_m.is_some() { "cm" } else { "" },
            &inches,
        ),
        tile("Photos", &r.photo_count.to_string(), "", &spacing),
        tile("Sorties", &sorties.to_string(), "", &craft),
        tile(
            "All back after",
            units::time(r.time_s).trim_end_matches(" min"),
            if r.time_s < 3600.0 { "min" } else { "" },
            &format!("longest {}", units::time(longest)),
        ),
        tile(
            "Energy",
            &format!("{:.0}", r.energy_wh),
            "Wh",
            &format!("≤ {:.0} % of a battery", share * 100.0),
        ),
        tile(
            "Covered",
            &format!("{:.1}", r.coverage * 100.0),
            "%",
            &format!("{:.0} % above bound", r.gap * 100.0),
        ),
    ];
    format!("<section class=\"tiles\">{}</section>", tiles.concat())
}
