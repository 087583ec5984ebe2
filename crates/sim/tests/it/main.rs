//! The simulated world keeps its promises.

mod flight;
mod landscape;
mod mavlink;
mod radio;
mod render;
