//! The tests of `fly`.

mod flights;
mod orders;
mod toy;
mod watch;
mod world;
