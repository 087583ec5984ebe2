//! The two documents.

use super::Options;
use super::route::{MAX_SPEED_M_S, Route, Run, Waypoint};
use core::fmt::Write as _;
use whimbrel_geo::{Ellipsoid, Height, Position, amsl_from_ellipsoid};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\" xmlns:wpml=\"http://www.dji.com/wpmz/1.0.2\">\n<Document>\n";
const TAIL: &str = "</Folder>\n</Document>\n</kml>\n";

/// Text with one element a line.
#[derive(Default)]
struct Text(String);

impl Text {
    fn tag(&mut self, name: &str, value: impl core::fmt::Display) {
        let _ = writeln!(self.0, "<wpml:{name}>{value}</wpml:{name}>");
    }

    fn open(&mut self, name: &str) {
        let _ = writeln!(self.0, "<wpml:{name}>");
    }

    fn close(&mut self, name: &str) {
        let _ = writeln!(self.0, "</wpml:{name}>");
    }
}

fn config(text: &mut Text, route: &Route, options: Options) {
    text.open("missionConfig");
    text.tag("flyToWaylineMode", "safely");
    text.tag(
        "finishAction",
        if route.goes_home {
            "goHome"
        } else {
            "noAction"
        },
    );
    // The link may break behind a hill; then the aircraft comes back.
    text.tag("exitOnRCLost", "executeLostAction");
    text.tag("executeRCLostAction", "goBack");
    text.tag(
        "takeOffSecurityHeight",
        format_args!("{:.1}", route.takeoff_m),
    );
    if let Some((at, height_m)) = route.start {
        let (lat, lon) = (at.lat_deg(), at.lon_deg());
        text.tag(
            "takeOffRefPoint",
            format_args!("{lat:.8},{lon:.8},{height_m:.3}"),
        );
        text.tag("takeOffRefPointAGLHeight", 0);
    }
    text.tag(
        "globalTransitionalSpeed",
        format_args!("{:.2}", route.speed_m_s.min(MAX_SPEED_M_S)),
    );
    text.tag("globalRTHHeight", format_args!("{:.1}", route.takeoff_m));
    let (kind, sub) = options.aircraft.drone();
    text.open("droneInfo");
    text.tag("droneEnumValue", kind);
    text.tag("droneSubEnumValue", sub);
    text.close("droneInfo");
    if let Some(payload) = options.aircraft.payload() {
        text.open("payloadInfo");
        text.tag("payloadEnumValue", payload);
        text.tag("payloadSubEnumValue", 0);
        text.tag("payloadPositionIndex", 0);
        text.close("payloadInfo");
    }
    text.close("missionConfig");
}

/// `wpmz/template.kml`.
pub(super) fn template(route: &Route, options: Options) -> String {
    let mut text = Text(HEAD.to_owned());
    text.tag("author", "Whimbrel");
    config(&mut text, route, options);
    text.0.push_str("<Folder>\n");
    text.tag("templateType", "waypoint");
    text.tag("templateId", 0);
    text.open("waylineCoordinateSysParam");
    text.tag("coordinateMode", "WGS84");
    let mode = if route.above_start {
        "relativeToStartPoint"
    } else {
        "EGM96"
    };
    text.tag("heightMode", mode);
    text.tag("positioningType", "GPS");
    text.close("waylineCoordinateSysParam");
    text.tag("autoFlightSpeed", format_args!("{:.2}", route.speed_m_s));
    let first = route.waypoints.first().map_or(0.0, |w| heights(route, w).0);
    text.tag("globalHeight", format_args!("{first:.3}"));
    text.tag("caliFlightEnable", 0);
    text.tag("gimbalPitchMode", "usePointSetting");
    text.open("globalWaypointHeadingParam");
    heading(&mut text);
    text.close("globalWaypointHeadingParam");
    text.tag("globalWaypointTurnMode", TURN_MODE);
    text.tag("globalUseStraightLine", 1);
    let mut actions = Actions::of(route);
    for (index, waypoint) in route.waypoints.iter().enumerate() {
        placemark(&mut text, index, waypoint);
        let (height, ellipsoid) = heights(route, waypoint);
        text.tag("ellipsoidHeight", format_args!("{ellipsoid:.3}"));
        text.tag("height", format_args!("{height:.3}"));
        text.tag("useGlobalHeight", 0);
        text.tag("useGlobalSpeed", 0);
        text.tag("waypointSpeed", format_args!("{:.2}", waypoint.speed_m_s));
        text.tag("useGlobalHeadingParam", 1);
        text.tag("useGlobalTurnParam", 1);
        text.tag("gimbalPitchAngle", -90);
        actions.at(&mut text, index, waypoint, options);
        text.0.push_str("</Placemark>\n");
    }
    text.0.push_str(TAIL);
    text.0
}

/// `wpmz/waylines.wpml`.
pub(super) fn waylines(route: &Route, options: Options) -> String {
    let mut text = Text(HEAD.to_owned());
    config(&mut text, route, options);
    text.0.push_str("<Folder>\n");
    text.tag("templateId", 0);
    let mode = if route.above_start {
        "relativeToStartPoint"
    } else {
        "WGS84"
    };
    text.tag("executeHeightMode", mode);
    text.tag("waylineId", 0);
    text.tag("distance", format_args!("{:.3}", route.length_m));
    text.tag("duration", format_args!("{:.3}", route.duration_s));
    text.tag("autoFlightSpeed", format_args!("{:.2}", route.speed_m_s));
    let mut actions = Actions::of(route);
    for (index, waypoint) in route.waypoints.iter().enumerate() {
        placemark(&mut text, index, waypoint);
        text.tag("executeHeight", format_args!("{:.3}", waypoint.height_m));
        text.tag("waypointSpeed", format_args!("{:.2}", waypoint.speed_m_s));
        text.open("waypointHeadingParam");
        heading(&mut text);
        text.close("waypointHeadingParam");
        text.open("waypointTurnParam");
        text.tag("waypointTurnMode", TURN_MODE);
        text.tag("waypointTurnDampingDist", 0);
        text.close("waypointTurnParam");
        text.tag("useStraightLine", 1);
        actions.at(&mut text, index, waypoint, options);
        text.0.push_str("</Placemark>\n");
    }
    text.0.push_str(TAIL);
    text.0
}

/// Straight to each waypoint and stop there: lines end where they were planned.
const TURN_MODE: &str = "toPointAndStopWithDiscontinuityCurvature";

fn heading(text: &mut Text) {
    text.tag("waypointHeadingMode", "followWayline");
    text.tag("waypointHeadingAngle", 0);
    text.tag("waypointHeadingPathMode", "followBadArc");
}

fn placemark(text: &mut Text, index: usize, waypoint: &Waypoint) {
    let (lat, lon) = (waypoint.at.lat_deg(), waypoint.at.lon_deg());
    let _ = writeln!(
        text.0,
        "<Placemark>\n<Point><coordinates>{lon:.9},{lat:.9}</coordinates></Point>"
    );
    text.tag("index", index);
}

/// Height as the template's mode has it, and above the ellipsoid.
fn heights(route: &Route, waypoint: &Waypoint) -> (f64, f64) {
    if route.above_start {
        let start_m = route.start.map_or(0.0, |(_, m)| m);
        return (waypoint.height_m, start_m + waypoint.height_m);
    }
    let ellipsoid = Position::new(waypoint.at, Height::<Ellipsoid>::from_m(waypoint.height_m));
    (amsl_from_ellipsoid(ellipsoid).height.m(), waypoint.height_m)
}

/// Groups of actions, numbered over the whole route.
struct Actions<'a> {
    runs: core::iter::Peekable<core::slice::Iter<'a, Run>>,
    groups: usize,
}

impl<'a> Actions<'a> {
    fn of(route: &'a Route) -> Self {
        Self {
            runs: route.runs.iter().peekable(),
            groups: 0,
        }
    }

    /// Gimbal down at the first waypoint; photos by distance from where a run
    /// begins; single photos.
    fn at(&mut self, text: &mut Text, index: usize, waypoint: &Waypoint, options: Options) {
        if index == 0 {
            self.begin(text, [0, 0], "reachPoint", None);
            text.tag("actionActuatorFunc", "gimbalRotate");
            text.open("actionActuatorFuncParam");
            text.tag("gimbalHeadingYawBase", "aircraft");
            text.tag("gimbalRotateMode", "absoluteAngle");
            text.tag("gimbalPitchRotateEnable", 1);
            text.tag("gimbalPitchRotateAngle", -90);
            for name in [
                "gimbalRollRotateEnable",
                "gimbalRollRotateAngle",
                "gimbalYawRotateEnable",
                "gimbalYawRotateAngle",
                "gimbalRotateTimeEnable",
                "gimbalRotateTime",
                "payloadPositionIndex",
            ] {
                text.tag(name, 0);
            }
            end_group(text);
        }
        while let Some(run) = self.runs.next_if(|r| r.first <= index) {
            self.begin(
                text,
                [run.first, run.last],
                "multipleDistance",
                Some(run.spacing_m),
            );
            photo(text, options);
        }
        if waypoint.photo {
            self.begin(text, [index, index], "reachPoint", None);
            photo(text, options);
        }
    }

    fn begin(
        &mut self,
        text: &mut Text,
        [first, last]: [usize; 2],
        trigger: &str,
        every_m: Option<f64>,
    ) {
        text.open("actionGroup");
        text.tag("actionGroupId", self.groups);
        self.groups += 1;
        text.tag("actionGroupStartIndex", first);
        text.tag("actionGroupEndIndex", last);
        text.tag("actionGroupMode", "sequence");
        text.open("actionTrigger");
        text.tag("actionTriggerType", trigger);
        if let Some(every_m) = every_m {
            text.tag("actionTriggerParam", format_args!("{every_m:.3}"));
        }
        text.close("actionTrigger");
        text.open("action");
        text.tag("actionId", 0);
    }
}

fn end_group(text: &mut Text) {
    text.close("actionActuatorFuncParam");
    text.close("action");
    text.close("actionGroup");
}

fn photo(text: &mut Text, options: Options) {
    text.tag("actionActuatorFunc", "takePhoto");
    text.open("actionActuatorFuncParam");
    text.tag("fileSuffix", "map");
    text.tag("payloadPositionIndex", 0);
    text.tag("useGlobalPayloadLensIndex", 0);
    text.tag("payloadLensIndex", options.aircraft.lens());
    end_group(text);
}
