//! Whimbrel's `store`: records that survive: catalogue, audit log, flight logs, blobs.
