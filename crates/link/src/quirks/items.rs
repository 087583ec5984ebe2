//! What each autopilot makes of a mission item: which it takes, and what it
//! gives back when asked. Used by the simulated autopilots to be faithful,
//! and by the ground to compare a plan with what was read back.

use super::{Autopilot, Class, PlanKind};
use crate::mav::{cmd, frame, mission_result as ack};
use whimbrel_mission::Item;

/// What an autopilot keeps of one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Keep {
    /// Every bit.
    Exact,
    /// The part before the decimal point.
    Whole,
    /// Nothing; it is read back as this.
    Fixed(f32),
    /// Only whether it is negative: read back as −1 or 1.
    Sign,
    /// Only whether it is positive: read back as 0 or 1.
    Flag,
}
use Keep::{Exact as E, Fixed, Flag as B, Sign as S, Whole as W};

/// Not kept.
const N: Keep = Fixed(0.0);

/// What ArduPilot keeps of one command (4.6.3: `AP_Mission` packs parameters
/// into small fields). Commands that are not in the table are refused.
struct Kept {
    command: u16,
    params: [Keep; 4],
    /// Has a place: latitude, longitude and height in centimetres.
    place: bool,
    /// The seventh parameter of a command without a place.
    z: Keep,
}

const fn place(command: u16, params: [Keep; 4]) -> Kept {
    Kept {
        command,
        params,
        place: true,
        z: N,
    }
}

const fn act(command: u16, params: [Keep; 4]) -> Kept {
    Kept {
        command,
        params,
        place: false,
        z: N,
    }
}

const ARDUPILOT: &[Kept] = &[
    place(cmd::NAV_WAYPOINT, [W, N, N, N]),
    place(cmd::NAV_LOITER_UNLIM, [N, N, W, N]),
    place(cmd::NAV_LOITER_TURNS, [W, N, W, B]),
    place(cmd::NAV_LOITER_TIME, [W, N, S, B]),
    act(cmd::NAV_RETURN_TO_LAUNCH, [N, N, N, N]),
    place(cmd::NAV_LAND, [W, N, N, S]),
    place(cmd::NAV_TAKEOFF, [W, N, N, N]),
    place(cmd::NAV_CONTINUE_AND_CHANGE_ALT, [W, N, N, N]),
    place(cmd::NAV_LOITER_TO_ALT, [N, W, N, B]),
    place(cmd::NAV_SPLINE_WAYPOINT, [W, N, N, N]),
    place(cmd::NAV_VTOL_TAKEOFF, [N, N, N, N]),
    place(cmd::NAV_VTOL_LAND, [W, N, N, N]),
    act(cmd::NAV_DELAY, [E, E, E, E]),
    act(cmd::CONDITION_DELAY, [E, N, N, N]),
    act(cmd::CONDITION_DISTANCE, [E, N, N, N]),
    act(cmd::CONDITION_YAW, [E, E, W, B]),
    act(cmd::DO_JUMP, [W, W, N, N]),
    act(cmd::DO_CHANGE_SPEED, [W, E, E, N]),
    place(cmd::DO_SET_HOME, [W, N, N, N]),
    act(cmd::DO_SET_RELAY, [W, W, N, N]),
    act(cmd::DO_REPEAT_RELAY, [W, W, E, N]),
    act(cmd::DO_SET_SERVO, [W, W, N, N]),
    act(cmd::DO_REPEAT_SERVO, [W, W, W, E]),
    place(cmd::DO_LAND_START, [N, N, N, N]),
    place(cmd::DO_SET_ROI_LOCATION, [W, N, N, N]),
    act(cmd::DO_SET_ROI_NONE, [N, N, N, N]),
    place(cmd::DO_SET_ROI, [W, N, N, N]),
    act(cmd::DO_DIGICAM_CONFIGURE, [W, W, W, W]),
    act(cmd::DO_DIGICAM_CONTROL, [W, W, W, W]),
    Kept {
        command: cmd::DO_MOUNT_CONTROL,
        params: [E, E, E, N],
        place: false,
        z: Fixed(2.0),
    },
    act(cmd::DO_SET_CAM_TRIGG_DIST, [E, N, W, N]),
    act(cmd::DO_FENCE_ENABLE, [W, N, N, N]),
    act(cmd::DO_GIMBAL_MANAGER_PITCHYAW, [E, E, E, E]),
    act(cmd::IMAGE_START_CAPTURE, [W, E, W, W]),
    act(cmd::IMAGE_STOP_CAPTURE, [W, N, N, N]),
    act(cmd::DO_VTOL_TRANSITION, [W, N, N, N]),
];

/// Waypoints of an ArduPilot aeroplane keep radius and pass-by, in metres.
const PLANE_WAYPOINT: [Keep; 4] = [N, W, W, N];

/// Commands that PX4 takes for any vehicle. Source: PX4 `mavlink_mission.cpp`.
const PX4_PLACES: &[u16] = &[
    cmd::NAV_WAYPOINT,
    cmd::NAV_LOITER_UNLIM,
    cmd::NAV_LOITER_TIME,
    cmd::NAV_LAND,
    cmd::NAV_TAKEOFF,
    cmd::NAV_LOITER_TO_ALT,
    cmd::NAV_VTOL_TAKEOFF,
    cmd::NAV_VTOL_LAND,
    cmd::DO_LAND_START,
    cmd::DO_SET_HOME,
    cmd::DO_SET_ROI_LOCATION,
];
const PX4_ACTIONS: &[u16] = &[
    cmd::NAV_RETURN_TO_LAUNCH,
    cmd::NAV_DELAY,
    cmd::CONDITION_DELAY,
    cmd::DO_JUMP,
    cmd::DO_CHANGE_SPEED,
    cmd::DO_SET_SERVO,
    cmd::DO_SET_ROI_NONE,
    cmd::DO_DIGICAM_CONTROL,
    cmd::DO_MOUNT_CONTROL,
    cmd::DO_SET_CAM_TRIGG_DIST,
    cmd::DO_SET_CAM_TRIGG_INTERVAL,
    cmd::DO_TRIGGER_CONTROL,
    cmd::DO_GIMBAL_MANAGER_PITCHYAW,
    cmd::IMAGE_START_CAPTURE,
    cmd::IMAGE_STOP_CAPTURE,
    cmd::DO_VTOL_TRANSITION,
    cmd::SET_CAMERA_MODE,
];

fn keep(how: Keep, value: f32) -> f32 {
    let number = if value.is_nan() { 0.0 } else { value };
    match how {
        Keep::Exact => number,
        Keep::Whole => number.trunc(),
        Fixed(fixed) => fixed,
        Keep::Sign if number < 0.0 => -1.0,
        Keep::Sign => 1.0,
        Keep::Flag => f32::from(u8::from(number > 0.0)),
    }
}

/// Centimetres as ArduPilot stores heights, cut towards zero.
fn centimetres(z: f32) -> f32 {
    (f64::from(z) * 100.0).trunc() as f32 / 100.0
}

/// A frame without the `_INT` that MAVLink has given up.
fn plain_frame(f: u8) -> u8 {
    match f {
        frame::GLOBAL_INT => frame::GLOBAL,
        frame::GLOBAL_RELATIVE_ALT_INT => frame::GLOBAL_RELATIVE_ALT,
        frame::GLOBAL_TERRAIN_ALT_INT => frame::GLOBAL_TERRAIN_ALT,
        other => other,
    }
}

fn is_fence(command: u16) -> bool {
    (cmd::NAV_FENCE_RETURN_POINT..=cmd::NAV_FENCE_CIRCLE_EXCLUSION).contains(&command)
}

/// What the autopilot stores of one item, that is what it gives back; or the
/// `MAV_MISSION_RESULT` with which it refuses.
pub fn store(autopilot: Autopilot, class: Class, plan: PlanKind, item: &Item) -> Result<Item, u8> {
    match (autopilot, plan) {
        (Autopilot::ArduPilot, PlanKind::Mission) => store_ardupilot(class, item),
        (Autopilot::Px4, PlanKind::Mission) => store_px4(class, item),
        (Autopilot::Generic, PlanKind::Mission) => Ok(*item),
        (_, PlanKind::Fence) => store_fence(autopilot, item),
        (_, PlanKind::Rally) => store_rally(autopilot, item),
    }
}

fn store_ardupilot(class: Class, item: &Item) -> Result<Item, u8> {
    let kept = ARDUPILOT
        .iter()
        .find(|k| k.command == item.command)
        .ok_or(ack::UNSUPPORTED)?;
    let rules = match (item.command, class) {
        (cmd::NAV_WAYPOINT, Class::FixedWing | Class::Vtol) => PLANE_WAYPOINT,
        _ => kept.params,
    };
    let mut stored = *item;
    for (value, how) in stored.params.iter_mut().zip(rules) {
        *value = keep(how, *value);
    }
    if kept.place {
        stored.frame = match plain_frame(item.frame) {
            frame::MISSION => frame::GLOBAL,
            f @ (frame::GLOBAL | frame::GLOBAL_RELATIVE_ALT | frame::GLOBAL_TERRAIN_ALT) => f,
            _ => return Err(ack::UNSUPPORTED_FRAME),
        };
        stored.z = centimetres(item.z);
        if item.x.unsigned_abs() > 900_000_000 {
            return Err(ack::INVALID_PARAM5_X);
        }
        if item.y.unsigned_abs() > 1_800_000_000 {
            return Err(ack::INVALID_PARAM6_Y);
        }
    } else {
        (stored.x, stored.y, stored.frame) = (0, 0, frame::GLOBAL);
        stored.z = keep(kept.z, item.z);
    }
    stored.autocontinue = true;
    Ok(stored)
}

fn store_px4(class: Class, item: &Item) -> Result<Item, u8> {
    let mut stored = *item;
    if item.command == cmd::DO_SET_ROI {
        return Err(ack::INVALID_PARAM5_X);
    }
    if item.command == cmd::CONDITION_DELAY {
        stored.command = cmd::NAV_DELAY;
    }
    let place = PX4_PLACES.contains(&item.command);
    if !place && !PX4_ACTIONS.contains(&item.command) {
        return Err(ack::UNSUPPORTED);
    }
    let vtol = matches!(item.command, cmd::NAV_VTOL_TAKEOFF | cmd::NAV_VTOL_LAND);
    if vtol && class == Class::Multirotor {
        return Err(ack::UNSUPPORTED);
    }
    match (plain_frame(item.frame), place) {
        (frame::MISSION, _) => {}
        (frame::GLOBAL, true) => stored.frame = frame::GLOBAL_INT,
        (frame::GLOBAL_RELATIVE_ALT, true) => stored.frame = frame::GLOBAL_RELATIVE_ALT_INT,
        // A return needs no place, whatever frame it comes in.
        (frame::GLOBAL | frame::GLOBAL_RELATIVE_ALT, false)
            if item.command == cmd::NAV_RETURN_TO_LAUNCH =>
        {
            stored.frame = frame::MISSION;
        }
        (frame::GLOBAL | frame::GLOBAL_RELATIVE_ALT, false) => return Err(ack::INVALID_PARAM5_X),
        _ => return Err(ack::UNSUPPORTED_FRAME),
    }
    Ok(stored)
}

fn store_fence(autopilot: Autopilot, item: &Item) -> Result<Item, u8> {
    if !is_fence(item.command) {
        return Err(ack::UNSUPPORTED);
    }
    let mut stored = *item;
    stored.frame = match autopilot {
        Autopilot::ArduPilot => frame::GLOBAL,
        Autopilot::Px4 => frame::GLOBAL_INT,
        Autopilot::Generic => item.frame,
    };
    if autopilot != Autopilot::Generic {
        stored.z = 0.0;
        let p1 = item.params.first().copied().unwrap_or_default();
        stored.params = [p1, 0.0, 0.0, 0.0];
    }
    Ok(stored)
}

fn store_rally(autopilot: Autopilot, item: &Item) -> Result<Item, u8> {
    if item.command != cmd::NAV_RALLY_POINT {
        return Err(ack::UNSUPPORTED);
    }
    let mut stored = *item;
    match autopilot {
        Autopilot::ArduPilot => {
            stored.frame = plain_frame(item.frame);
            stored.z = item.z.trunc();
            stored.params = [0.0; 4];
        }
        Autopilot::Px4 => {
            stored.frame = match plain_frame(item.frame) {
                frame::GLOBAL => frame::GLOBAL_INT,
                frame::GLOBAL_RELATIVE_ALT => frame::GLOBAL_RELATIVE_ALT_INT,
                _ => return Err(ack::UNSUPPORTED_FRAME),
            };
        }
        Autopilot::Generic => {}
    }
    Ok(stored)
}

/// Checks a whole plan as the autopilot does when the last item came: the
/// refusal and the text that goes with it.
pub fn store_plan(plan: PlanKind, items: &[Item]) -> Result<(), (u8, &'static str)> {
    if plan != PlanKind::Fence {
        return Ok(());
    }
    let polygon = |c| {
        matches!(
            c,
            cmd::NAV_FENCE_POLYGON_VERTEX_INCLUSION | cmd::NAV_FENCE_POLYGON_VERTEX_EXCLUSION
        )
    };
    let mut rest = items;
    while let Some((first, after)) = rest.split_first() {
        if !polygon(first.command) {
            rest = after;
            continue;
        }
        let count = first.params.first().copied().unwrap_or_default();
        // Saturates for silly counts, which are then too long.
        let vertices = count as usize;
        let shape = rest.get(..vertices).unwrap_or_default();
        let same = |i: &Item| i.command == first.command && i.params.first() == Some(&count);
        if vertices < 3 || shape.len() != vertices || !shape.iter().all(same) {
            return Err((ack::ERROR, "Fence: polygon with wrong number of vertices"));
        }
        rest = rest.get(vertices..).unwrap_or_default();
    }
    Ok(())
}

/// The items as they should be sent to the autopilot: commands without a
/// place in the frame that all take, places and heights untouched.
#[must_use]
pub fn prepare(plan: PlanKind, items: &[Item]) -> Vec<Item> {
    let mut items = items.to_vec();
    if plan == PlanKind::Mission {
        for item in &mut items {
            if !PX4_PLACES.contains(&item.command) && !has_place(item.command) {
                item.frame = frame::MISSION;
            }
        }
    }
    items
}

fn has_place(command: u16) -> bool {
    ARDUPILOT.iter().any(|k| k.command == command && k.place)
}

/// Whether an item read back will be flown as the one that was sent: each
/// value as sent, or as this autopilot is known to round it.
#[must_use]
pub fn same_as_flown(
    autopilot: Autopilot,
    class: Class,
    plan: PlanKind,
    sent: &Item,
    read: &Item,
) -> bool {
    let expected = store(autopilot, class, plan, sent).unwrap_or(*sent);
    let located = plan != PlanKind::Mission || has_place(sent.command);
    let frames = plain_frame(read.frame) == plain_frame(sent.frame)
        || plain_frame(read.frame) == plain_frame(expected.frame);
    if read.command != sent.command && read.command != expected.command || located && !frames {
        return false;
    }
    let mut pairs = sent.params.iter().zip(&expected.params).zip(&read.params);
    let params = pairs.all(|((s, e), r)| near(*s, *r) || near(*e, *r));
    let height = plan == PlanKind::Fence || near(sent.z, read.z) || near(expected.z, read.z);
    let at = |i: &Item| (i.x, i.y);
    params && height && (at(read) == at(sent) || at(read) == at(&expected))
}

/// Equal up to the last bits of a float, which text and centimetres may cost.
/// "Not a number" means "unset", for which autopilots also say 0.
fn near(a: f32, b: f32) -> bool {
    let zero = |x: f32| if x.is_nan() { 0.0 } else { x };
    let (a, b) = (zero(a), zero(b));
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(command: u16, frame: u8, params: [f32; 4], z: f32) -> Item {
        Item {
            frame,
            command,
            params,
            x: 473_000_000,
            y: 85_000_000,
            z,
            autocontinue: true,
        }
    }

    #[test]
    fn ardupilot_rounds_as_measured() {
        let ap = |i: &Item| {
            store(
                Autopilot::ArduPilot,
                Class::Multirotor,
                PlanKind::Mission,
                i,
            )
        };
        let wp = item(16, 6, [1.7, 2.0, 0.0, 90.0], 60.256);
        let stored = ap(&wp).expect("taken");
        assert_eq!(
            (stored.frame, stored.params, stored.z),
            (3, [1.0, 0.0, 0.0, 0.0], 60.25)
        );
        assert_eq!(
            ap(&item(16, 3, [0.0; 4], 1234.567)).expect("taken").z,
            1234.56
        );
        let time = ap(&item(19, 3, [20.4, 0.0, 20.4, 0.0], 50.0)).expect("taken");
        assert_eq!(time.params[2], 1.0);
        assert_eq!(
            ap(&item(21, 3, [0.0; 4], 0.0)).expect("taken").params[3],
            1.0
        );
        assert_eq!(
            ap(&item(205, 2, [-90.0, 0.0, 0.0, 0.0], 0.0))
                .expect("taken")
                .z,
            2.0
        );
        let trigger = ap(&item(206, 2, [12.345, 0.0, 1.0, 0.0], 0.0)).expect("taken");
        assert_eq!((trigger.frame, trigger.params[0]), (0, 12.345));
        assert_eq!(ap(&item(31000, 3, [0.0; 4], 0.0)), Err(ack::UNSUPPORTED));
        assert_eq!(ap(&item(530, 2, [0.0; 4], 0.0)), Err(ack::UNSUPPORTED));
        assert!(ap(&item(16, 10, [0.0; 4], 40.0)).is_ok());
    }

    #[test]
    fn px4_refuses_as_measured() {
        let px4 = |i: &Item| store(Autopilot::Px4, Class::Multirotor, PlanKind::Mission, i);
        assert_eq!(
            px4(&item(16, 3, [1.7, 2.0, 0.0, 90.0], 60.256))
                .expect("taken")
                .frame,
            6
        );
        assert_eq!(
            px4(&item(178, 3, [1.0, 5.0, -1.0, 0.0], 0.0)),
            Err(ack::INVALID_PARAM5_X)
        );
        assert!(px4(&item(178, 2, [1.0, 5.0, -1.0, 0.0], 0.0)).is_ok());
        assert_eq!(
            px4(&item(201, 2, [0.0; 4], 0.0)),
            Err(ack::INVALID_PARAM5_X)
        );
        assert_eq!(
            px4(&item(16, 10, [0.0; 4], 40.0)),
            Err(ack::UNSUPPORTED_FRAME)
        );
        for refused in [82, 18, 31000] {
            assert_eq!(
                px4(&item(refused, 3, [0.0; 4], 40.0)),
                Err(ack::UNSUPPORTED)
            );
        }
        assert_eq!(
            px4(&item(112, 2, [3.0, 0.0, 0.0, 0.0], 0.0))
                .expect("taken")
                .command,
            93
        );
    }

    #[test]
    fn comparison_forgives_rounding_and_nothing_else() {
        for autopilot in [Autopilot::ArduPilot, Autopilot::Px4] {
            let class = Class::Multirotor;
            let same =
                |a: &Item, b: &Item| same_as_flown(autopilot, class, PlanKind::Mission, a, b);
            let sent = item(16, 3, [1.7, 2.0, 0.0, f32::NAN], 60.256);
            let read = store(autopilot, class, PlanKind::Mission, &sent).expect("taken");
            assert!(same(&sent, &read));
            assert!(!same(
                &sent,
                &Item {
                    x: read.x + 1,
                    ..read
                }
            ));
            assert!(!same(
                &sent,
                &Item {
                    z: read.z + 1.0,
                    ..read
                }
            ));
            assert!(!same(
                &sent,
                &Item {
                    command: 21,
                    ..read
                }
            ));
            assert!(!same(&sent, &Item { frame: 0, ..read }));
            assert!(!same(
                &sent,
                &Item {
                    params: [9.0, 0.0, 0.0, 0.0],
                    ..read
                }
            ));
        }
    }

    #[test]
    fn fences_need_whole_polygons() {
        let vertex = |n: f32| item(5001, 3, [n, 0.0, 0.0, 0.0], 0.0);
        assert!(store_plan(PlanKind::Fence, &[vertex(3.0); 3]).is_ok());
        assert!(store_plan(PlanKind::Fence, &[vertex(2.0); 2]).is_err());
        assert!(store_plan(PlanKind::Fence, &[vertex(4.0); 3]).is_err());
        assert!(store_plan(PlanKind::Fence, &[vertex(f32::INFINITY); 3]).is_err());
    }
}
