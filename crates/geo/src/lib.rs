//! Whimbrel's `geo`: places: units, frames, height datums and geoid, projections, terrain.
