//! Numbers by which DJI's programs know aircraft and cameras.

/// An aircraft with its own camera (the ones that DJI's documentation lists
/// for WPML).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // names of products
pub enum Aircraft {
    M30,
    M30T,
    #[default]
    M3E,
    M3T,
    M3M,
    M3D,
    M3TD,
    M300H20,
    M350H20,
    /// The consumer aircraft of the program DJI Fly, which does not ask for
    /// more.
    Fly,
}

impl Aircraft {
    /// All, with the names of the command line.
    pub const ALL: [(&'static str, Self); 10] = [
        ("m3e", Self::M3E),
        ("m3t", Self::M3T),
        ("m3m", Self::M3M),
        ("m3d", Self::M3D),
        ("m3td", Self::M3TD),
        ("m30", Self::M30),
        ("m30t", Self::M30T),
        ("m300-h20", Self::M300H20),
        ("m350-h20", Self::M350H20),
        ("fly", Self::Fly),
    ];

    /// By its name on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        known.map(|(_, aircraft)| *aircraft)
    }

    /// `droneEnumValue` and `droneSubEnumValue` (Cloud API, "Common Elements";
    /// 68 is what DJI Fly writes for its aircraft).
    pub(super) fn drone(self) -> (u32, u32) {
        match self {
            Self::M30 => (67, 0),
            Self::M30T => (67, 1),
            Self::M3E => (77, 0),
            Self::M3T => (77, 1),
            Self::M3M => (77, 2),
            Self::M3D => (91, 0),
            Self::M3TD => (91, 1),
            Self::M300H20 => (60, 0),
            Self::M350H20 => (89, 0),
            Self::Fly => (68, 0),
        }
    }

    /// `payloadEnumValue` (Cloud API, "Product Support"); DJI Fly has none.
    pub(super) fn payload(self) -> Option<u32> {
        Some(match self {
            Self::M30 => 52,
            Self::M30T => 53,
            Self::M3E => 66,
            Self::M3T => 67,
            Self::M3M => 68,
            Self::M3D => 80,
            Self::M3TD => 81,
            Self::M300H20 | Self::M350H20 => 42,
            Self::Fly => return None,
        })
    }

    /// The lens that takes the map's photos.
    pub(super) fn lens(self) -> &'static str {
        match self {
            Self::M3M => "visible",
            _ => "wide",
        }
    }
}
