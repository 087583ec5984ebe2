//! The tests of `fly`.

mod flights;
#[path = "../real/mavsdk.rs"]
mod mavsdk;
mod orders;
mod simulated;
mod toy;
mod watch;
mod world;
