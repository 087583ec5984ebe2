//! Whimbrel's `whimbrel`: mission control for unarmed survey drones, from an area to a map.
fn main() {}
