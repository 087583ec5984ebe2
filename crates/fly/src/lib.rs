//! Whimbrel's `fly`: telemetry and intentions in, decisions out.
