//! Documents under construction.

use crate::Area;
use core::fmt::Write as _;
use whimbrel_geo::{Amsl, LatLon, Position};

/// Colours of lines and areas (`aabbggrr` in KML).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // colours
pub enum Colour {
    Blue,
    Orange,
    Grey,
    Green,
    Red,
}

impl Colour {
    const ALL: [Self; 5] = [Self::Blue, Self::Orange, Self::Grey, Self::Green, Self::Red];

    fn id(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Orange => "orange",
            Self::Grey => "grey",
            Self::Green => "green",
            Self::Red => "red",
        }
    }

    fn bgr(self) -> &'static str {
        match self {
            Self::Blue => "d8632c",
            Self::Orange => "0f7de0",
            Self::Grey => "8a8077",
            Self::Green => "4a9a2e",
            Self::Red => "2f2fc8",
        }
    }
}

/// A KML document under construction.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    body: String,
    folders: usize,
}

impl Writer {
    /// Opens a folder; what follows is in it until [`Writer::close`].
    pub fn folder(&mut self, name: &str) {
        let _ = writeln!(self.body, "<Folder><name>{}</name>", escape(name));
        self.folders += 1;
    }

    /// Closes the folder that was opened last.
    pub fn close(&mut self) {
        if self.folders > 0 {
            self.body.push_str("</Folder>\n");
            self.folders -= 1;
        }
    }

    fn begin(&mut self, name: &str, style: &str, description: &str) {
        let _ = write!(self.body, "<Placemark><name>{}</name>", escape(name));
        if !description.is_empty() {
            let _ = write!(
                self.body,
                "<description>{}</description>",
                escape(description)
            );
        }
        let _ = write!(self.body, "<styleUrl>#{style}</styleUrl>");
    }

    /// Adds a track, heights above sea level.
    pub fn line(
        &mut self,
        name: &str,
        description: &str,
        colour: Colour,
        points: &[Position<Amsl>],
    ) {
        self.begin(name, colour.id(), description);
        self.body
            .push_str("<LineString><altitudeMode>absolute</altitudeMode><coordinates>");
        for p in points {
            let _ = write!(
                self.body,
                "{:.8},{:.8},{:.3} ",
                p.at.lon_deg(),
                p.at.lat_deg(),
                p.height.m()
            );
        }
        self.body
            .push_str("</coordinates></LineString></Placemark>\n");
    }

    /// Adds a point, height above sea level.
    pub fn point(&mut self, name: &str, description: &str, p: &Position<Amsl>) {
        self.begin(name, "point", description);
        let _ = writeln!(
            self.body,
            "<Point><altitudeMode>absolute</altitudeMode><coordinates>{:.8},{:.8},{:.3}</coordinates></Point></Placemark>",
            p.at.lon_deg(),
            p.at.lat_deg(),
            p.height.m()
        );
    }

    /// Adds an area on the ground.
    pub fn area(&mut self, name: &str, colour: Colour, area: &Area) {
        self.begin(name, colour.id(), "");
        self.body.push_str("<Polygon>");
        let mut boundary = |kind: &str, ring: &[LatLon]| {
            let _ = write!(self.body, "<{kind}><LinearRing><coordinates>");
            for at in ring.iter().chain(ring.first()) {
                let _ = write!(self.body, "{:.8},{:.8} ", at.lon_deg(), at.lat_deg());
            }
            let _ = write!(self.body, "</coordinates></LinearRing></{kind}>");
        };
        boundary("outerBoundaryIs", &area.outer);
        for hole in &area.holes {
            boundary("innerBoundaryIs", hole);
        }
        self.body.push_str("</Polygon></Placemark>\n");
    }

    /// The document.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        while self.folders > 0 {
            self.close();
        }
        let mut text = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\n",
        );
        for colour in Colour::ALL {
            let (id, bgr) = (colour.id(), colour.bgr());
            let _ = writeln!(
                text,
                "<Style id=\"{id}\"><LineStyle><color>ff{bgr}</color><width>2</width></LineStyle><PolyStyle><color>33{bgr}</color></PolyStyle></Style>"
            );
        }
        text.push_str("<Style id=\"point\"><IconStyle><scale>0.5</scale></IconStyle><LabelStyle><scale>0</scale></LabelStyle></Style>\n");
        text.push_str(&self.body);
        text.push_str("</Document></kml>\n");
        text.into_bytes()
    }
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
