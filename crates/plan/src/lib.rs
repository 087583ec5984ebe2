//! Whimbrel's `plan`: area, camera and vehicle in, sorties out.
