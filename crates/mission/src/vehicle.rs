//! Vehicles: everything that planning, rehearsal and the simulator need to
//! know of an aircraft, from a TOML file.

use serde::{Deserialize, Serialize};

/// Largest vehicle file that is read.
pub const MAX_FILE_BYTES: usize = 64 * 1024;
/// Standard gravity, m/s².
pub const GRAVITY_M_S2: f64 = 9.806_65;
/// Sea-level air density of the standard atmosphere, kg/m³ (ISO 2533).
pub const AIR_DENSITY_KG_M3: f64 = 1.225;

/// What flies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VehicleKind {
    /// Lifted by rotors, can hover.
    Multirotor,
    /// Lifted by a wing, must move.
    FixedWing,
    /// Takes off and lands on rotors, cruises on a wing.
    Quadplane,
}

impl VehicleKind {
    /// Whether it cruises on a wing (and so cannot stop in the air there).
    #[must_use]
    pub fn cruises_on_wing(self) -> bool {
        self != Self::Multirotor
    }
}

/// One aircraft type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vehicle {
    /// Name shown to people.
    pub name: String,
    /// What it is.
    pub kind: VehicleKind,
    /// Mass and inertia.
    pub airframe: Airframe,
    /// Wing aerodynamics; wings and quadplanes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aero: Option<Aero>,
    /// Lifting rotors; multirotors and quadplanes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotors: Option<Rotors>,
    /// Forward propeller and motor; wings and quadplanes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propulsion: Option<Propulsion>,
    /// Energy carried.
    pub battery: Battery,
    /// What it is flown at.
    pub performance: Performance,
}

/// Mass, inertia in body axes (x forward, y right, z down).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Airframe {
    /// Take-off mass with battery and camera, kg.
    pub mass_kg: f64,
    /// Moment of inertia about x.
    pub ixx_kg_m2: f64,
    /// Moment of inertia about y.
    pub iyy_kg_m2: f64,
    /// Moment of inertia about z.
    pub izz_kg_m2: f64,
    /// Product of inertia xz.
    #[serde(default)]
    pub ixz_kg_m2: f64,
    /// Parasite drag area of body and legs for any direction of the air
    /// (rotor-borne flight): D = ½ρ·area·v².
    #[serde(default)]
    pub drag_area_m2: f64,
    /// Rotor drag, linear in airspeed: D = factor·v.
    #[serde(default)]
    pub drag_linear_n_s_m: f64,
}

/// Linear aerodynamics with a stall blend, after Beard & McLain, *Small
/// Unmanned Aircraft* (2012), ch. 4. Angles in radians, rates normalised with
/// b/2V and c/2V.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the book's names of the coefficients
pub struct Aero {
    /// Wing area.
    pub wing_area_m2: f64,
    /// Wing span.
    pub span_m: f64,
    /// Mean chord.
    pub chord_m: f64,
    /// Oswald efficiency: C_D = cd_p + (cl_0 + cl_alpha·α)²/(π·e·AR).
    pub oswald: f64,
    /// Parasite drag.
    pub cd_p: f64,
    pub cl_0: f64,
    pub cl_alpha: f64,
    pub cl_q: f64,
    pub cl_elevator: f64,
    /// Multiplies |δe|.
    pub cd_elevator: f64,
    pub cm_0: f64,
    pub cm_alpha: f64,
    pub cm_q: f64,
    pub cm_elevator: f64,
    pub cy_beta: f64,
    pub cy_p: f64,
    pub cy_r: f64,
    pub cy_aileron: f64,
    pub cy_rudder: f64,
    pub cl_roll_beta: f64,
    pub cl_roll_p: f64,
    pub cl_roll_r: f64,
    pub cl_roll_aileron: f64,
    pub cl_roll_rudder: f64,
    pub cn_beta: f64,
    pub cn_p: f64,
    pub cn_r: f64,
    pub cn_aileron: f64,
    pub cn_rudder: f64,
    /// Sharpness of the stall blend (M in the book).
    pub stall_sharpness: f64,
    /// Stall angle.
    pub stall_alpha_rad: f64,
    /// Largest deflection of any control surface.
    pub surface_limit_rad: f64,
}

/// Lifting rotors: thrust kT·ω² and torque kQ·ω² at hover, first-order lag.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotors {
    /// How many, evenly around, the first pair astride the nose (X).
    pub count: u8,
    /// Distance of each rotor from the centre.
    pub arm_m: f64,
    /// Propeller diameter.
    pub diameter_m: f64,
    /// kT in N/(rad/s)².
    pub thrust_n_s2: f64,
    /// kQ in N·m/(rad/s)².
    pub torque_n_m_s2: f64,
    /// Largest speed.
    pub max_rad_s: f64,
    /// Time constant of the speed.
    pub time_constant_s: f64,
    /// Figure of merit in hover: ideal power over shaft power.
    pub figure_of_merit: f64,
    /// Motor and speed controller: shaft power over electrical power.
    pub drive_efficiency: f64,
}

/// Forward propeller and motor, after Beard & McLain's supplement: C_T and C_Q
/// quadratic in the advance ratio, motor with K_V, R, i₀.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Propulsion {
    /// Propeller diameter.
    pub diameter_m: f64,
    pub ct_0: f64,
    pub ct_1: f64,
    pub ct_2: f64,
    pub cq_0: f64,
    pub cq_1: f64,
    pub cq_2: f64,
    /// Motor constant in rpm per volt.
    pub kv_rpm_v: f64,
    /// Winding resistance.
    pub resistance_ohm: f64,
    /// No-load current.
    pub no_load_a: f64,
    /// Speed controller: motor power over battery power.
    pub controller_efficiency: f64,
}

/// A battery of `cells` in series. Open-circuit voltage by
/// [`crate::energy::cell_voltage`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Battery {
    /// Cells in series.
    pub cells: u8,
    /// Capacity.
    pub capacity_ah: f64,
    /// Resistance of the whole pack.
    pub resistance_ohm: f64,
    /// What avionics, radio and camera take all the time.
    pub avionics_w: f64,
}

/// What the aircraft is flown at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// Survey speed: over ground for rotors, through the air for wings.
    pub cruise_m_s: f64,
    /// Steady climb.
    pub climb_m_s: f64,
    /// Steady descent.
    pub descent_m_s: f64,
    /// Speeding up and slowing down along the path (rotors).
    #[serde(default)]
    pub acceleration_m_s2: f64,
    /// Bank in turns (wings).
    #[serde(default)]
    pub max_bank_rad: f64,
    /// How far before a waypoint the autopilot counts it as reached.
    pub acceptance_radius_m: f64,
    /// Straight flight before the first picture of a line.
    #[serde(default)]
    pub lead_in_m: f64,
    /// Longest flight that is planned, whatever the battery says.
    pub endurance_s: f64,
    /// Share of the battery that is not planned with.
    pub reserve_fraction: f64,
    /// Most items that a mission may have.
    pub waypoint_budget: u16,
}

/// A vehicle file that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum VehicleError {
    /// Not one of the built-in names.
    #[error("no built-in vehicle {0:?}: use quad, fixed-wing or quadplane, or give a TOML file")]
    NoSuchVehicle(String),
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the vehicle file has {0} bytes; at most {MAX_FILE_BYTES} are read")]
    TooLarge(usize),
    /// Not TOML, or fields are missing or unknown.
    #[error("reading the vehicle file failed: {0}")]
    Toml(String),
    /// A value that no aircraft has.
    #[error("vehicle field {field} is {value}: it must be {rule}")]
    Value {
        /// `section.name`.
        field: &'static str,
        /// What the file says.
        value: f64,
        /// What it should be.
        rule: &'static str,
    },
    /// A section that this kind of aircraft needs.
    #[error("a {kind:?} needs the section [{section}] in its vehicle file")]
    Missing {
        /// The kind in the file.
        kind: VehicleKind,
        /// The section.
        section: &'static str,
    },
}

const BUILTIN: [(&str, &str); 3] = [
    ("quad", include_str!("../data/vehicles/quad.toml")),
    (
        "fixed-wing",
        include_str!("../data/vehicles/fixed-wing.toml"),
    ),
    ("quadplane", include_str!("../data/vehicles/quadplane.toml")),
];

impl Vehicle {
    /// The names of the built-in vehicles.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// The built-in vehicle `quad`, `fixed-wing` or `quadplane`.
    ///
    /// # Errors
    /// [`VehicleError::NoSuchVehicle`].
    pub fn builtin(name: &str) -> Result<Self, VehicleError> {
        let (_, text) = BUILTIN
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| VehicleError::NoSuchVehicle(name.chars().take(60).collect()))?;
        Self::from_toml(text)
    }

    /// Reads and checks a vehicle file.
    ///
    /// # Errors
    /// What is wrong with the file and which field it is.
    pub fn from_toml(text: &str) -> Result<Self, VehicleError> {
        if text.len() > MAX_FILE_BYTES {
            return Err(VehicleError::TooLarge(text.len()));
        }
        let vehicle: Self = toml::from_str(text).map_err(|e| VehicleError::Toml(e.to_string()))?;
        vehicle.validate()?;
        Ok(vehicle)
    }

    /// The vehicle as a file that [`Vehicle::from_toml`] reads.
    ///
    /// # Errors
    /// When a value cannot be written (does not happen for a valid vehicle).
    pub fn to_toml(&self) -> Result<String, VehicleError> {
        toml::to_string(self).map_err(|e| VehicleError::Toml(e.to_string()))
    }

    /// Checks what physics demands of the numbers.
    ///
    /// # Errors
    /// The first field that is out of bounds.
    pub fn validate(&self) -> Result<(), VehicleError> {
        let a = &self.airframe;
        positive("airframe.mass_kg", a.mass_kg)?;
        positive("airframe.ixx_kg_m2", a.ixx_kg_m2)?;
        positive("airframe.iyy_kg_m2", a.iyy_kg_m2)?;
        positive("airframe.izz_kg_m2", a.izz_kg_m2)?;
        not_negative("airframe.drag_area_m2", a.drag_area_m2)?;
        not_negative("airframe.drag_linear_n_s_m", a.drag_linear_n_s_m)?;
        a.check_inertia()?;
        self.battery.validate()?;
        self.performance.validate(self.kind)?;
        match (&self.aero, &self.propulsion) {
            (Some(aero), Some(propulsion)) => {
                aero.validate()?;
                propulsion.validate()?;
            }
            (None, _) if self.kind.cruises_on_wing() => {
                return Err(VehicleError::Missing {
                    kind: self.kind,
                    section: "aero",
                });
            }
            (_, None) if self.kind.cruises_on_wing() => {
                return Err(VehicleError::Missing {
                    kind: self.kind,
                    section: "propulsion",
                });
            }
            _ => {}
        }
        match &self.rotors {
            Some(rotors) => rotors.validate(a.mass_kg),
            None if self.kind != VehicleKind::FixedWing => Err(VehicleError::Missing {
                kind: self.kind,
                section: "rotors",
            }),
            None => Ok(()),
        }
    }
}

impl Airframe {
    /// Principal moments must obey I₁ + I₂ ≥ I₃, or no mass distribution has
    /// them.
    fn check_inertia(&self) -> Result<(), VehicleError> {
        let half = 0.5 * (self.ixx_kg_m2 + self.izz_kg_m2);
        let radius =
            (0.25 * (self.ixx_kg_m2 - self.izz_kg_m2).powi(2) + self.ixz_kg_m2.powi(2)).sqrt();
        let mut moments = [half - radius, half + radius, self.iyy_kg_m2];
        moments.sort_by(f64::total_cmp);
        let [low, middle, high] = moments;
        if low.is_nan() || low <= 0.0 {
            return Err(VehicleError::Value {
                field: "airframe.ixz_kg_m2",
                value: self.ixz_kg_m2,
                rule: "so small that all principal moments stay positive (ixz² < ixx·izz)",
            });
        }
        if low + middle < high * (1.0 - 1e-9) {
            return Err(VehicleError::Value {
                field: "airframe.i*_kg_m2 (largest principal moment)",
                value: high,
                rule: "no more than the sum of the two other principal moments",
            });
        }
        Ok(())
    }
}

impl Battery {
    fn validate(&self) -> Result<(), VehicleError> {
        between("battery.cells", f64::from(self.cells), 1.0, 24.0, "1 to 24")?;
        positive("battery.capacity_ah", self.capacity_ah)?;
        not_negative("battery.resistance_ohm", self.resistance_ohm)?;
        not_negative("battery.avionics_w", self.avionics_w)
    }
}

impl Performance {
    fn validate(&self, kind: VehicleKind) -> Result<(), VehicleError> {
        between(
            "performance.cruise_m_s",
            self.cruise_m_s,
            0.5,
            100.0,
            "0.5 to 100 m/s",
        )?;
        between(
            "performance.climb_m_s",
            self.climb_m_s,
            0.1,
            50.0,
            "0.1 to 50 m/s",
        )?;
        between(
            "performance.descent_m_s",
            self.descent_m_s,
            0.1,
            50.0,
            "0.1 to 50 m/s",
        )?;
        if kind.cruises_on_wing() {
            between(
                "performance.max_bank_rad",
                self.max_bank_rad,
                0.05,
                1.2,
                "0.05 to 1.2 rad",
            )?;
            if self.lead_in_m.is_nan() || self.lead_in_m < self.acceptance_radius_m {
                return Err(VehicleError::Value {
                    field: "performance.lead_in_m",
                    value: self.lead_in_m,
                    rule: "at least acceptance_radius_m, or the camera stops before the line ends",
                });
            }
        } else {
            between(
                "performance.acceleration_m_s2",
                self.acceleration_m_s2,
                0.1,
                20.0,
                "0.1 to 20 m/s²",
            )?;
        }
        between(
            "performance.lead_in_m",
            self.lead_in_m,
            0.0,
            2000.0,
            "0 to 2000 m",
        )?;
        between(
            "performance.acceptance_radius_m",
            self.acceptance_radius_m,
            0.1,
            1000.0,
            "0.1 to 1000 m",
        )?;
        between(
            "performance.endurance_s",
            self.endurance_s,
            30.0,
            1e6,
            "30 s or more",
        )?;
        between(
            "performance.reserve_fraction",
            self.reserve_fraction,
            0.0,
            0.9,
            "0 to 0.9",
        )?;
        between(
            "performance.waypoint_budget",
            f64::from(self.waypoint_budget),
            10.0,
            65_535.0,
            "10 or more",
        )
    }
}

impl Aero {
    fn validate(&self) -> Result<(), VehicleError> {
        positive("aero.wing_area_m2", self.wing_area_m2)?;
        positive("aero.span_m", self.span_m)?;
        positive("aero.chord_m", self.chord_m)?;
        between("aero.oswald", self.oswald, 0.3, 1.0, "0.3 to 1")?;
        between("aero.cd_p", self.cd_p, 0.003, 0.3, "0.003 to 0.3")?;
        between(
            "aero.cl_alpha",
            self.cl_alpha,
            1.0,
            8.0,
            "1 to 8 per radian",
        )?;
        between(
            "aero.cm_alpha",
            self.cm_alpha,
            -10.0,
            -0.01,
            "negative (stable in pitch)",
        )?;
        between(
            "aero.cm_q",
            self.cm_q,
            -100.0,
            0.0,
            "negative (damps pitch)",
        )?;
        between(
            "aero.cl_roll_p",
            self.cl_roll_p,
            -5.0,
            0.0,
            "negative (damps roll)",
        )?;
        between(
            "aero.cn_beta",
            self.cn_beta,
            0.0,
            2.0,
            "positive (weathercock stable)",
        )?;
        between(
            "aero.stall_alpha_rad",
            self.stall_alpha_rad,
            0.05,
            1.0,
            "0.05 to 1 rad",
        )?;
        between(
            "aero.surface_limit_rad",
            self.surface_limit_rad,
            0.05,
            1.5,
            "0.05 to 1.5 rad",
        )?;
        positive("aero.stall_sharpness", self.stall_sharpness)?;
        for (field, value) in [
            ("aero.cl_0", self.cl_0),
            ("aero.cl_q", self.cl_q),
            ("aero.cl_elevator", self.cl_elevator),
            ("aero.cd_elevator", self.cd_elevator),
            ("aero.cm_0", self.cm_0),
            ("aero.cm_elevator", self.cm_elevator),
            ("aero.cy_beta", self.cy_beta),
            ("aero.cy_p", self.cy_p),
            ("aero.cy_r", self.cy_r),
            ("aero.cy_aileron", self.cy_aileron),
            ("aero.cy_rudder", self.cy_rudder),
            ("aero.cl_roll_beta", self.cl_roll_beta),
            ("aero.cl_roll_r", self.cl_roll_r),
            ("aero.cl_roll_aileron", self.cl_roll_aileron),
            ("aero.cl_roll_rudder", self.cl_roll_rudder),
            ("aero.cn_p", self.cn_p),
            ("aero.cn_r", self.cn_r),
            ("aero.cn_aileron", self.cn_aileron),
            ("aero.cn_rudder", self.cn_rudder),
        ] {
            between(field, value, -100.0, 100.0, "a number between -100 and 100")?;
        }
        Ok(())
    }
}

impl Rotors {
    fn validate(&self, mass_kg: f64) -> Result<(), VehicleError> {
        between("rotors.count", f64::from(self.count), 3.0, 12.0, "3 to 12")?;
        positive("rotors.arm_m", self.arm_m)?;
        positive("rotors.diameter_m", self.diameter_m)?;
        positive("rotors.thrust_n_s2", self.thrust_n_s2)?;
        positive("rotors.torque_n_m_s2", self.torque_n_m_s2)?;
        positive("rotors.max_rad_s", self.max_rad_s)?;
        positive("rotors.time_constant_s", self.time_constant_s)?;
        between(
            "rotors.figure_of_merit",
            self.figure_of_merit,
            0.2,
            0.9,
            "0.2 to 0.9",
        )?;
        between(
            "rotors.drive_efficiency",
            self.drive_efficiency,
            0.2,
            1.0,
            "0.2 to 1",
        )?;
        let lift_n = f64::from(self.count) * self.thrust_n_s2 * self.max_rad_s.powi(2);
        let ratio = lift_n / (mass_kg * GRAVITY_M_S2);
        between(
            "rotors.max_rad_s (thrust to weight)",
            ratio,
            1.2,
            20.0,
            "1.2 or more",
        )
    }
}

impl Propulsion {
    fn validate(&self) -> Result<(), VehicleError> {
        positive("propulsion.diameter_m", self.diameter_m)?;
        positive("propulsion.ct_0", self.ct_0)?;
        positive("propulsion.cq_0", self.cq_0)?;
        positive("propulsion.kv_rpm_v", self.kv_rpm_v)?;
        positive("propulsion.resistance_ohm", self.resistance_ohm)?;
        not_negative("propulsion.no_load_a", self.no_load_a)?;
        between(
            "propulsion.controller_efficiency",
            self.controller_efficiency,
            0.2,
            1.0,
            "0.2 to 1",
        )?;
        for (field, value) in [
            ("propulsion.ct_1", self.ct_1),
            ("propulsion.ct_2", self.ct_2),
            ("propulsion.cq_1", self.cq_1),
            ("propulsion.cq_2", self.cq_2),
        ] {
            between(field, value, -10.0, 10.0, "a number between -10 and 10")?;
        }
        Ok(())
    }
}

fn positive(field: &'static str, value: f64) -> Result<(), VehicleError> {
    between(field, value, f64::MIN_POSITIVE, 1e9, "greater than zero")
}

fn not_negative(field: &'static str, value: f64) -> Result<(), VehicleError> {
    between(field, value, 0.0, 1e9, "zero or more")
}

fn between(
    field: &'static str,
    value: f64,
    low: f64,
    high: f64,
    rule: &'static str,
) -> Result<(), VehicleError> {
    if value >= low && value <= high {
        Ok(())
    } else {
        Err(VehicleError::Value { field, value, rule })
    }
}
