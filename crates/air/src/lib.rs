//! Whimbrel's `air`: the shell on the aircraft.
