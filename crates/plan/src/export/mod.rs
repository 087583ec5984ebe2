//! Plans as files.

mod briefing;
mod geojson;
mod heights;
mod kml;

pub use briefing::Briefing;

use crate::request::{Plan, Role};
use whimbrel_mission::format::{FormatError, plan_json, waypoints, wpml};

impl Role {
    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Turn => "turn",
            Self::Transit => "transit",
            Self::Climb => "climb",
        }
    }
}

impl Plan {
    /// Each sortie as a QGC `.plan`.
    ///
    /// # Errors
    /// Does not happen for plans made here.
    pub fn plan_files(&self) -> Result<Vec<Vec<u8>>, FormatError> {
        self.sorties
            .iter()
            .map(|s| plan_json::write(&s.mission))
            .collect()
    }

    /// Each sortie as a `.waypoints` file.
    #[must_use]
    pub fn waypoints_files(&self) -> Vec<Vec<u8>> {
        self.sorties
            .iter()
            .map(|s| waypoints::write(&s.mission))
            .collect()
    }

    /// Each sortie as a DJI route.
    ///
    /// # Errors
    /// When the vehicle is no multirotor.
    pub fn wpml_files(&self, options: wpml::Options) -> Result<Vec<Vec<u8>>, FormatError> {
        self.sorties
            .iter()
            .map(|s| wpml::write(&s.mission, options))
            .collect()
    }
}
