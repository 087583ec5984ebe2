//! One page for the people who fly: map, elevation profile, sorties, numbers in
//! metric and aviation units. HTML with inline SVG, nothing from elsewhere;
//! made for A4.

mod contours;
mod figures;
mod map;
mod profile;
mod style;
mod tables;
mod units;

use crate::request::{Plan, Request};
use whimbrel_geo::Terrain;
use whimbrel_mission::Zone;

/// Height of the page's text area (A4 less its margins).
const PAGE_MM: f64 = 279.0;
/// What head, tiles, legend, profile, foot and the gaps between take.
const FIXED_MM: f64 = 98.0;
/// Lowest and highest map.
const MAP_MM: (f64, f64) = (48.0, 150.0);

/// What a briefing says besides the plan itself.
pub struct Briefing<'a> {
    /// Name of the survey.
    pub title: &'a str,
    /// When it was made, in words.
    pub made: &'a str,
    /// What was asked for.
    pub request: &'a Request,
    /// The ground that it was planned over.
    pub ground: &'a dyn Terrain,
    /// Zones near the flight.
    pub zones: &'a [Zone],
}

/// Text as HTML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl Plan {
    /// The briefing as a document of HTML.
    #[must_use]
    pub fn briefing(&self, briefing: &Briefing<'_>) -> Vec<u8> {
        let title = escaped(briefing.title);
        // The map takes the room that the rest leaves.
        let left_mm = PAGE_MM - FIXED_MM - tables::height_mm(self, briefing);
        let map = map::svg(self, briefing, left_mm.clamp(MAP_MM.0, MAP_MM.1));
        let profile = profile::svg(self, briefing);
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style>{css}</style></head>\n<body><main>\n\
             <header><h1>{title}</h1><p>Flight briefing · {made}</p></header>\n\
             {tiles}\n<figure class=\"map\">{map}{legend}</figure>\n\
             <figure class=\"profile\">{profile}</figure>\n{sorties}\n{details}\n\
             <footer><span>Pilot</span><span>Observer</span><span>Weather, wind</span><span>Airspace, NOTAM</span><span>Date, signature</span></footer>\n\
             </main></body></html>\n",
            css = style::CSS,
            made = escaped(briefing.made),
            tiles = figures::tiles(self, briefing),
            legend = map::legend(self, briefing),
            sorties = tables::sorties(self, briefing),
            details = tables::details(self, briefing),
        );
        page.into_bytes()
    }
}
