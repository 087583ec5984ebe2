//! Whimbrel's `sim`: a world to rehearse in: landscape, air, aircraft, autopilot, radio and camera.
