//! Which aircraft is which, over restarts of the server and of links.
//!
//! Links are numbered as they are heard, so their numbers say nothing. An aircraft is known again by what its autopilot
//! says that no other one says (AUTOPILOT_VERSION's uid2 or uid) and its system id; where it says nothing, by the
//! address that it is heard at. Its id for people and records is its system id, or `N-SYSTEM` for the N-th aircraft of
//! that system id.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_fly::VehicleId;

/// Aircraft that are remembered; the one that was met longest ago is forgotten beyond.
pub const REMEMBERED_MAX: usize = 1_000;
/// So long an aircraft may take to say its serial number, before its address has to do.
pub const SERIAL_WAIT: Duration = Duration::from_secs(2);
/// After so long it is known whether another aircraft of the same serial number is still there.
pub const TWIN_WAIT: Duration = Duration::from_secs(4);

/// An aircraft that is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Its system id.
    pub system: u8,
    /// What its autopilot says.
    pub serial: Option<String>,
    /// Where it was heard last.
    pub peer: String,
    /// When it was met last.
    pub met: Duration,
    /// Plan and sortie that it was verified to carry.
    pub carries: Option<(String, usize)>,
}

impl Known {
    /// As it is kept.
    pub fn to_json(&self) -> Value {
        let (plan, sortie) = self.carries.clone().unzip();
        json!({"system": self.system, "serial": self.serial, "peer": self.peer, "plan": plan, "sortie": sortie})
    }

    /// As it was kept; nothing when that is not an aircraft.
    pub fn from_json(met: Duration, data: &Value) -> Option<Self> {
        let carries = data["plan"].as_str().zip(data["sortie"].as_u64());
        Some(Self {
            system: u8::try_from(data["system"].as_u64()?).ok()?,
            serial: data["serial"].as_str().map(str::to_owned),
            peer: data["peer"].as_str()?.to_owned(),
            met,
            carries: carries.map(|(plan, sortie)| (plan.to_owned(), sortie as usize)),
        })
    }
}

/// What is heard of an aircraft.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// Link and system id.
    pub vehicle: VehicleId,
    /// What its autopilot says of itself, once it does.
    pub serial: Option<&'a str>,
    /// It has answered and will say no more.
    pub answered: bool,
    /// The link's name.
    pub peer: &'a str,
    /// When it was heard last.
    pub at: Duration,
}

/// What is held about an aircraft that is on the board, or will be.
struct Present {
    id: Option<String>,
    since: Duration,
    at: Duration,
}

/// What meeting an aircraft has brought.
#[derive(Debug, Default, PartialEq)]
pub struct Met {
    /// What is remembered of it has changed and is to be kept.
    pub changed: bool,
    /// It has got its id just now.
    pub assigned: bool,
    /// To be taken off the board: the same aircraft where it was heard before, or, when another one now answers at the
    /// same place, the one that was there; it is met anew.
    pub replaces: Option<VehicleId>,
}

/// All aircraft, remembered and present.
#[derive(Default)]
pub struct Identities {
    known: BTreeMap<String, Known>,
    present: BTreeMap<VehicleId, Present>,
}

impl Identities {
    /// With what was kept.
    pub fn new(known: impl IntoIterator<Item = (String, Known)>) -> Self {
        Self {
            known: known.into_iter().collect(),
            present: BTreeMap::new(),
        }
    }

    /// The id of an aircraft that is present and known.
    pub fn id(&self, vehicle: VehicleId) -> Option<&str> {
        self.present.get(&vehicle)?.id.as_deref()
    }

    /// The id, or link and system id while it is not known who it is.
    pub fn name(&self, vehicle: VehicleId) -> String {
        self.id(vehicle)
            .map_or_else(|| format!("link {vehicle}"), str::to_owned)
    }

    /// What is remembered of an aircraft.
    pub fn known(&self, id: &str) -> Option<&Known> {
        self.known.get(id)
    }

    /// It was verified to carry a sortie. False when that was known.
    pub fn carries(&mut self, id: &str, plan: &str, sortie: usize) -> bool {
        let Some(known) = self.known.get_mut(id) else {
            return false;
        };
        let now = Some((plan.to_owned(), sortie));
        let new = known.carries != now;
        known.carries = now;
        new
    }

    /// An aircraft has left the board.
    pub fn gone(&mut self, vehicle: VehicleId) {
        self.present.remove(&vehicle);
    }

    /// An aircraft is on a link. Nothing while it is not known yet who it is.
    pub fn meet(&mut self, now: Duration, heard: Heard<'_>) -> Option<Met> {
        let present = self.present.entry(heard.vehicle).or_insert(Present {
            id: None,
            since: now,
            at: heard.at,
        });
        present.at = heard.at;
        let since = present.since;
        if let Some(id) = present.id.clone() {
            let elsewhere = heard
                .serial
                .is_some_and(|says| self.of_serial(heard.vehicle.system, says, &id));
            let known = self.known.get_mut(&id)?;
            match (heard.serial, known.serial.as_deref()) {
                // Another aircraft has been plugged in, or the address has been given to another one.
                (Some(says), Some(was)) if says != was => {
                    self.present.remove(&heard.vehicle);
                    return Some(Met {
                        replaces: Some(heard.vehicle),
                        ..Met::default()
                    });
                }
                // It is only now that it says it: it may be one that is remembered.
                (Some(_), None) if elsewhere => {}
                (says, was) => {
                    let changed = known.peer != heard.peer || (says.is_some() && was.is_none());
                    known.peer = heard.peer.to_owned();
                    known.serial = known.serial.take().or(says.map(str::to_owned));
                    known.met = now;
                    return Some(Met {
                        changed,
                        ..Met::default()
                    });
                }
            }
        }
        let waits = heard.serial.is_none() && !heard.answered && now < since + SERIAL_WAIT;
        if waits && !self.only_its_address(&heard) {
            return None;
        }
        let found = self.find(&heard);
        let holder = found
            .as_deref()
            .and_then(|id| self.holder(id, heard.vehicle));
        let (id, replaces) = match (found, holder) {
            (Some(id), None) => (id, None),
            // Somebody else is this aircraft: is it still heard, or has it come here?
            (Some(_), Some(_)) if now < since + TWIN_WAIT => return None,
            (Some(id), Some((other, at))) if at <= since => (id, Some(other)),
            _ => (self.new_id(heard.vehicle.system), None),
        };
        if let Some(other) = replaces {
            self.present.remove(&other);
        }
        self.remember(now, &id, &heard);
        if let Some(present) = self.present.get_mut(&heard.vehicle) {
            present.id = Some(id);
        }
        Some(Met {
            changed: true,
            assigned: true,
            replaces,
        })
    }

    /// Whether another one is remembered that says the same.
    fn of_serial(&self, system: u8, serial: &str, but: &str) -> bool {
        self.known
            .iter()
            .any(|(id, k)| k.system == system && k.serial.as_deref() == Some(serial) && id != but)
    }

    /// Whether an aircraft without a serial number is remembered at this address: it need not be waited for.
    fn only_its_address(&self, heard: &Heard<'_>) -> bool {
        self.known
            .values()
            .any(|k| k.system == heard.vehicle.system && k.peer == heard.peer && k.serial.is_none())
    }

    /// Who it is, of those that are remembered.
    fn find(&self, heard: &Heard<'_>) -> Option<String> {
        let system = heard.vehicle.system;
        let mine = || self.known.iter().filter(move |(_, k)| k.system == system);
        let here = |k: &Known| k.peer == heard.peer;
        let found = match heard.serial {
            Some(serial) => {
                let fits = |k: &Known| k.serial.as_deref() == Some(serial);
                let free = |id: &str| self.holder(id, heard.vehicle).is_none();
                // Twins (simulators, cheap boards) are told apart by where they are.
                mine()
                    .find(|(_, k)| fits(k) && here(k))
                    .or_else(|| mine().find(|(id, k)| fits(k) && free(id)))
                    .or_else(|| mine().find(|(_, k)| fits(k)))
                    .or_else(|| mine().find(|(_, k)| k.serial.is_none() && here(k)))
            }
            None => mine().find(|(_, k)| here(k)),
        };
        found.map(|(id, _)| id.clone())
    }

    /// Another vehicle of the fleet that has this id, and when it was heard last.
    fn holder(&self, id: &str, but: VehicleId) -> Option<(VehicleId, Duration)> {
        let holds = |(vehicle, present): &(&VehicleId, &Present)| {
            present.id.as_deref() == Some(id) && **vehicle != but
        };
        self.present
            .iter()
            .find(holds)
            .map(|(vehicle, present)| (*vehicle, present.at))
    }

    fn new_id(&self, system: u8) -> String {
        (1_usize..)
            .map(|n| match n {
                1 => system.to_string(),
                n => format!("{n}-{system}"),
            })
            .find(|id| !self.known.contains_key(id))
            .unwrap_or_default()
    }

    fn remember(&mut self, now: Duration, id: &str, heard: &Heard<'_>) {
        let known = self.known.entry(id.to_owned()).or_default();
        known.system = heard.vehicle.system;
        known.peer = heard.peer.to_owned();
        known.serial = known.serial.take().or(heard.serial.map(str::to_owned));
        known.met = now;
        while self.known.len() > REMEMBERED_MAX {
            let here: Vec<&str> = self
                .present
                .values()
                .filter_map(|p| p.id.as_deref())
                .collect();
            let absent = self
                .known
                .iter()
                .filter(|(i, _)| *i != id && !here.contains(&i.as_str()));
            let Some(oldest) = absent.min_by_key(|(_, k)| k.met).map(|(i, _)| i.clone()) else {
                break;
            };
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whimbrel_fly::LinkId;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn on(link: u32, system: u8) -> VehicleId {
        VehicleId {
            link: LinkId(link),
            system,
        }
    }

    fn heard<'a>(vehicle: VehicleId, serial: Option<&'a str>, peer: &'a str, at: u64) -> Heard<'a> {
        Heard {
            vehicle,
            serial,
            answered: true,
            peer,
            at: s(at),
        }
    }

    fn id_of(
        all: &mut Identities,
        now: u64,
        vehicle: VehicleId,
        serial: Option<&str>,
        peer: &str,
    ) -> String {
        assert!(
            all.meet(s(now), heard(vehicle, serial, peer, now))
                .is_some()
        );
        all.id(vehicle).expect("known").to_owned()
    }

    fn restarted(all: &Identities) -> Identities {
        let kept =
            |(id, k): (&String, &Known)| Some((id.clone(), Known::from_json(k.met, &k.to_json())?));
        Identities::new(all.known.iter().filter_map(kept))
    }

    /// After a restart two UDP peers with the same system id swapped when the other one was heard first.
    #[test]
    fn two_of_one_system_id_keep_their_ids_over_a_restart() {
        for serials in [
            [None, None],
            [Some("aa"), Some("bb")],
            [Some("aa"), Some("aa")],
        ] {
            let mut before = Identities::default();
            assert_eq!(id_of(&mut before, 0, on(1, 1), serials[0], "udp a"), "1");
            // Both are heard on: the second is a twin, not the first come back.
            assert!(
                before
                    .meet(s(3), heard(on(1, 1), serials[0], "udp a", 3))
                    .is_some()
            );
            let met = before.meet(s(1), heard(on(2, 1), serials[1], "udp b", 1));
            assert_eq!(met.is_none(), serials == [Some("aa"), Some("aa")]);
            before.meet(s(6), heard(on(1, 1), serials[0], "udp a", 6));
            assert_eq!(id_of(&mut before, 6, on(2, 1), serials[1], "udp b"), "2-1");
            assert_eq!(id_of(&mut before, 6, on(3, 7), None, "udp c"), "7");
            let mut after = restarted(&before);
            assert_eq!(id_of(&mut after, 100, on(1, 1), serials[1], "udp b"), "2-1");
            assert_eq!(id_of(&mut after, 100, on(2, 1), serials[0], "udp a"), "1");
        }
    }

    #[test]
    fn an_aircraft_that_comes_by_another_way_is_the_same() {
        let mut all = Identities::default();
        assert_eq!(id_of(&mut all, 0, on(1, 1), Some("aa"), "udp a:1"), "1");
        assert!(all.carries("1", "12", 0) && !all.carries("1", "12", 0));
        // The old one has been silent since 2 s; the new one is met at 5 s.
        all.meet(s(2), heard(on(1, 1), Some("aa"), "udp a:1", 2));
        assert_eq!(
            all.meet(s(5), heard(on(9, 1), Some("aa"), "udp a:2", 5)),
            None,
            "it may be a twin"
        );
        let met = all
            .meet(s(9), heard(on(9, 1), Some("aa"), "udp a:2", 9))
            .expect("decided");
        assert_eq!(
            (met.replaces, all.id(on(9, 1))),
            (Some(on(1, 1)), Some("1"))
        );
        assert_eq!(all.id(on(1, 1)), None);
        assert_eq!(
            all.known("1").and_then(|k| k.carries.clone()),
            Some(("12".into(), 0))
        );
        let after = restarted(&all);
        assert_eq!(after.known("1").map(|k| k.peer.as_str()), Some("udp a:2"));
    }

    #[test]
    fn another_aircraft_at_the_same_address_is_another() {
        let mut all = Identities::default();
        assert_eq!(
            id_of(&mut all, 0, on(1, 1), Some("aa"), "serial /dev/ttyUSB0"),
            "1"
        );
        all.carries("1", "12", 0);
        let mut after = restarted(&all);
        let silent = Heard {
            answered: false,
            ..heard(on(1, 1), None, "serial /dev/ttyUSB0", 50)
        };
        assert_eq!(
            after.meet(s(50), silent),
            None,
            "it is waited for what it says"
        );
        assert_eq!(
            id_of(&mut after, 51, on(1, 1), Some("bb"), "serial /dev/ttyUSB0"),
            "2-1"
        );
        assert_eq!(after.known("2-1").map(|k| k.carries.clone()), Some(None));
        // The same without a restart: the cable was put into another one.
        let cable = "serial /dev/ttyUSB0";
        let met = after
            .meet(s(60), heard(on(1, 1), Some("aa"), cable, 60))
            .expect("seen");
        assert_eq!((met.replaces, after.id(on(1, 1))), (Some(on(1, 1)), None));
        assert_eq!(id_of(&mut after, 61, on(1, 1), Some("aa"), cable), "1");
    }

    #[test]
    fn one_that_says_nothing_is_known_by_its_address_after_a_while() {
        let mut all = Identities::default();
        let silent = |at: u64| Heard {
            answered: false,
            ..heard(on(1, 3), None, "udp a", at)
        };
        assert_eq!(all.meet(s(0), silent(0)), None);
        assert_eq!(all.name(on(1, 3)), "link 1-3");
        assert!(all.meet(SERIAL_WAIT, silent(2)).is_some_and(|m| m.changed));
        assert_eq!(all.id(on(1, 3)), Some("3"));
        assert_eq!(
            all.meet(s(3), silent(3)),
            Some(Met::default()),
            "nothing new to keep"
        );
        let mut after = restarted(&all);
        assert!(
            after.meet(s(9), silent(9)).is_some(),
            "it never said anything"
        );
        // In the end it does; from then on that counts.
        assert!(
            after
                .meet(s(10), heard(on(1, 3), Some("cc"), "udp a", 10))
                .is_some_and(|m| m.changed)
        );
        assert_eq!(
            after.known("3").and_then(|k| k.serial.clone()),
            Some("cc".into())
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut all = Identities::default();
        for n in 0..REMEMBERED_MAX as u32 + 50 {
            let peer = format!("udp {n}");
            assert!(
                all.meet(s(u64::from(n)), heard(on(n, 1), None, &peer, 0))
                    .is_some()
            );
            if n != 7 {
                all.gone(on(n, 1));
            }
        }
        assert_eq!(all.known.len(), REMEMBERED_MAX);
        assert_eq!(all.id(on(7, 1)), Some("8-1"));
        assert!(all.known("8-1").is_some(), "whoever is present stays");
    }
}
