//! Mission items as the autopilots store them.

use whimbrel_geo::{Amsl, Height, LatLon, Position};

/// Command numbers (`MAV_CMD`) that Whimbrel writes or understands.
/// Source: MAVLink `common.xml`.
pub mod command {
    /// Fly to a place (`MAV_CMD_NAV_WAYPOINT`).
    pub const NAV_WAYPOINT: u16 = 16;
    /// Circle without end.
    pub const NAV_LOITER_UNLIM: u16 = 17;
    /// Circle a number of times.
    pub const NAV_LOITER_TURNS: u16 = 18;
    /// Circle or hover for a time.
    pub const NAV_LOITER_TIME: u16 = 19;
    /// Return to the launch place.
    pub const NAV_RETURN_TO_LAUNCH: u16 = 20;
    /// Land.
    pub const NAV_LAND: u16 = 21;
    /// Take off.
    pub const NAV_TAKEOFF: u16 = 22;
    /// Circle down or up to a height.
    pub const NAV_LOITER_TO_ALT: u16 = 31;
    /// Spline waypoint.
    pub const NAV_SPLINE_WAYPOINT: u16 = 82;
    /// Vertical take-off of a VTOL aeroplane, then transition.
    pub const NAV_VTOL_TAKEOFF: u16 = 84;
    /// Vertical landing of a VTOL aeroplane.
    pub const NAV_VTOL_LAND: u16 = 85;
    /// Wait.
    pub const NAV_DELAY: u16 = 93;
    /// Wait before the next item.
    pub const CONDITION_DELAY: u16 = 112;
    /// Point the nose.
    pub const CONDITION_YAW: u16 = 115;
    /// Jump to another item.
    pub const DO_JUMP: u16 = 177;
    /// Change speed.
    pub const DO_CHANGE_SPEED: u16 = 178;
    /// Move the home place.
    pub const DO_SET_HOME: u16 = 179;
    /// Marks the start of the landing sequence.
    pub const DO_LAND_START: u16 = 189;
    /// Point the camera at a place.
    pub const DO_SET_ROI_LOCATION: u16 = 195;
    /// Stop pointing the camera.
    pub const DO_SET_ROI_NONE: u16 = 197;
    /// One picture (old).
    pub const DO_DIGICAM_CONTROL: u16 = 203;
    /// Camera mount angles.
    pub const DO_MOUNT_CONTROL: u16 = 205;
    /// One picture for every so many metres.
    pub const DO_SET_CAM_TRIGG_DIST: u16 = 206;
    /// One picture for every so many seconds.
    pub const DO_SET_CAM_TRIGG_INTERVAL: u16 = 214;
    /// Camera mode.
    pub const SET_CAMERA_MODE: u16 = 530;
    /// Take pictures (new camera protocol).
    pub const IMAGE_START_CAPTURE: u16 = 2000;
    /// Stop taking pictures.
    pub const IMAGE_STOP_CAPTURE: u16 = 2001;
    /// VTOL transition.
    pub const DO_VTOL_TRANSITION: u16 = 3000;
    /// Fence: vertex of a polygon to stay in.
    pub const NAV_FENCE_POLYGON_VERTEX_INCLUSION: u16 = 5001;
    /// Fence: vertex of a polygon to stay out of.
    pub const NAV_FENCE_POLYGON_VERTEX_EXCLUSION: u16 = 5002;
    /// Fence: circle to stay in.
    pub const NAV_FENCE_CIRCLE_INCLUSION: u16 = 5003;
    /// Fence: circle to stay out of.
    pub const NAV_FENCE_CIRCLE_EXCLUSION: u16 = 5004;
    /// A place to return to.
    pub const NAV_RALLY_POINT: u16 = 5100;
}

/// Frame numbers (`MAV_FRAME`). Source: MAVLink `common.xml`.
pub mod frame {
    /// Latitude, longitude, height above mean sea level.
    pub const GLOBAL: u8 = 0;
    /// Not a place: the item is a command.
    pub const MISSION: u8 = 2;
    /// Latitude, longitude, height above home.
    pub const GLOBAL_RELATIVE_ALT: u8 = 3;
    /// As [`GLOBAL`] (the name that the `_INT` messages once had).
    pub const GLOBAL_INT: u8 = 5;
    /// As [`GLOBAL_RELATIVE_ALT`].
    pub const GLOBAL_RELATIVE_ALT_INT: u8 = 6;
    /// Latitude, longitude, height above the ground below (PX4 refuses it).
    pub const GLOBAL_TERRAIN_ALT: u8 = 10;
    /// As [`GLOBAL_TERRAIN_ALT`].
    pub const GLOBAL_TERRAIN_ALT_INT: u8 = 11;

    /// Whether `x` and `y` of an item in this frame are degrees × 10⁷.
    #[must_use]
    pub fn is_global(frame: u8) -> bool {
        matches!(frame, 0 | 3 | 5 | 6 | 10 | 11)
    }
}

/// One mission item: what `MISSION_ITEM_INT` carries, without addressing.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// `MAV_FRAME`, see [`frame`].
    pub frame: u8,
    /// `MAV_CMD`, see [`command`].
    pub command: u16,
    /// Parameters 1–4; NaN where the autopilot shall use its own.
    pub params: [f32; 4],
    /// Latitude in degrees × 10⁷ in a global frame, else parameter 5.
    pub x: i32,
    /// Longitude in degrees × 10⁷ in a global frame, else parameter 6.
    pub y: i32,
    /// Height in metres over the frame's datum, or parameter 7.
    pub z: f32,
    /// Go on to the next item by itself.
    pub autocontinue: bool,
}

/// Equal bit for bit, but every NaN equals every NaN.
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: f32, b: f32| a == b || (a.is_nan() && b.is_nan());
        self.frame == other.frame
            && self.command == other.command
            && self.x == other.x
            && self.y == other.y
            && self.autocontinue == other.autocontinue
            && same(self.z, other.z)
            && self
                .params
                .iter()
                .zip(other.params)
                .all(|(a, b)| same(*a, b))
    }
}

impl Item {
    /// An item that is a command and not a place (frame [`frame::MISSION`]:
    /// PX4 refuses `DO_CHANGE_SPEED` in a global frame, ArduPilot ignores it).
    #[must_use]
    pub fn action(command: u16, params: [f32; 4]) -> Self {
        Self {
            frame: frame::MISSION,
            command,
            params,
            x: 0,
            y: 0,
            z: 0.0,
            autocontinue: true,
        }
    }

    /// An item at a place, height above mean sea level.
    #[must_use]
    pub fn at(command: u16, place: Position<Amsl>, params: [f32; 4]) -> Self {
        Self {
            frame: frame::GLOBAL,
            command,
            params,
            x: degrees_e7(place.at.lat_deg()),
            y: degrees_e7(place.at.lon_deg()),
            z: place.height.m() as f32,
            autocontinue: true,
        }
    }

    /// Fly to `place`; it counts as reached within `accept_m` metres
    /// (0: the autopilot's own radius). Heading is the autopilot's choice.
    #[must_use]
    pub fn waypoint(place: Position<Amsl>, accept_m: f64) -> Self {
        Self::at(
            command::NAV_WAYPOINT,
            place,
            [0.0, accept_m as f32, 0.0, f32::NAN],
        )
    }

    /// Take off towards `place`, to its height.
    #[must_use]
    pub fn takeoff(place: Position<Amsl>) -> Self {
        Self::at(command::NAV_TAKEOFF, place, [0.0, 0.0, 0.0, f32::NAN])
    }

    /// Land at `place`.
    #[must_use]
    pub fn land(place: Position<Amsl>) -> Self {
        Self::at(command::NAV_LAND, place, [0.0, 0.0, 0.0, f32::NAN])
    }

    /// Circle at `place` with `radius_m` until its height is reached.
    #[must_use]
    pub fn loiter_to_height(place: Position<Amsl>, radius_m: f64) -> Self {
        Self::at(
            command::NAV_LOITER_TO_ALT,
            place,
            [0.0, radius_m as f32, 0.0, 1.0],
        )
    }

    /// A picture for every `distance_m` metres; 0 stops. `now`: one at once.
    #[must_use]
    pub fn trigger_distance(distance_m: f64, now: bool) -> Self {
        Self::action(
            command::DO_SET_CAM_TRIGG_DIST,
            [distance_m as f32, 0.0, f32::from(u8::from(now)), 0.0],
        )
    }

    /// Fly at `speed_m_s` (airspeed for wings, ground speed for rotors).
    #[must_use]
    pub fn speed(speed_m_s: f64, airspeed: bool) -> Self {
        Self::action(
            command::DO_CHANGE_SPEED,
            [f32::from(u8::from(!airspeed)), speed_m_s as f32, -1.0, 0.0],
        )
    }

    /// Return to the launch place and land there.
    #[must_use]
    pub fn return_home() -> Self {
        Self::action(command::NAV_RETURN_TO_LAUNCH, [0.0; 4])
    }

    /// The item's place, when it has one. (0, 0) counts as none, as the
    /// autopilots take it.
    #[must_use]
    pub fn place(&self) -> Option<LatLon> {
        if !frame::is_global(self.frame) || !self.has_place() || (self.x == 0 && self.y == 0) {
            return None;
        }
        LatLon::from_deg(f64::from(self.x) * 1e-7, f64::from(self.y) * 1e-7).ok()
    }

    /// Height above mean sea level, when the item has a place and its frame
    /// tells (a height above home needs `home`).
    #[must_use]
    pub fn amsl(&self, home: Option<Height<Amsl>>) -> Option<Height<Amsl>> {
        self.place()?;
        let z = f64::from(self.z);
        match self.frame {
            frame::GLOBAL | frame::GLOBAL_INT => Some(Height::from_m(z)),
            frame::GLOBAL_RELATIVE_ALT | frame::GLOBAL_RELATIVE_ALT_INT => Some(home?.raised_m(z)),
            _ => None,
        }
    }

    /// The same item with its height told above `home` instead of above sea
    /// level. Items that are not in the frame [`frame::GLOBAL`] stay.
    #[must_use]
    pub fn above_home(mut self, home: Height<Amsl>) -> Self {
        if matches!(self.frame, frame::GLOBAL | frame::GLOBAL_INT) {
            self.frame = frame::GLOBAL_RELATIVE_ALT;
            self.z = (f64::from(self.z) - home.m()) as f32;
        }
        self
    }

    /// Whether the aircraft moves to this item's place (rather than being
    /// told something): navigation commands below `NAV_LAST` (95).
    #[must_use]
    pub fn is_navigation(&self) -> bool {
        self.command <= 95
    }

    /// Whether `x`, `y`, `z` of this command are a place at all.
    #[must_use]
    pub fn has_place(&self) -> bool {
        use command as c;
        match self.command {
            c::NAV_RETURN_TO_LAUNCH | c::NAV_DELAY => false,
            n if n <= 95 => true,
            c::DO_SET_HOME | c::DO_LAND_START | c::DO_SET_ROI_LOCATION | 201 => true,
            c::NAV_FENCE_POLYGON_VERTEX_INCLUSION..=c::NAV_FENCE_CIRCLE_EXCLUSION
            | c::NAV_RALLY_POINT => true,
            31000..=31004 => true,
            _ => false,
        }
    }
}

/// Degrees to the integers of the `_INT` messages, rounded, saturated.
#[must_use]
pub fn degrees_e7(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructors_follow_common_xml() {
        let place = Position::new(
            LatLon::from_deg(47.123_456_7, -8.765_432_1).expect("valid"),
            Height::from_m(612.5),
        );
        let item = Item::waypoint(place, 40.0);
        assert_eq!((item.x, item.y), (471_234_567, -87_654_321));
        assert_eq!((item.frame, item.command, item.params[1]), (0, 16, 40.0));
        let low = item.above_home(Height::from_m(600.0));
        assert_eq!((low.frame, low.z), (3, 12.5));
        assert_eq!(
            low.amsl(Some(Height::from_m(600.0))).expect("known").m(),
            612.5
        );
        assert_eq!(low.amsl(None), None);
        assert_eq!(Item::speed(9.0, false).frame, frame::MISSION);
        assert_eq!(
            Item::trigger_distance(25.0, true).params,
            [25.0, 0.0, 1.0, 0.0]
        );
        assert!(Item::return_home().place().is_none());
    }
}
