//! Whimbrel's `downlink`: files to datagrams and back over a bad radio.
