//! The sum of all messages that Whimbrel reads and writes.

/// What the table knows about one message.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The message's number.
    pub id: u32,
    /// The message's name in the MAVLink definitions.
    pub name: &'static str,
    /// The seed of the checksum.
    pub crc_extra: u8,
    /// Payload length with extensions, bytes.
    pub length: usize,
    /// Payload length as MAVLink 1 has it, bytes.
    pub length_v1: usize,
    /// Where the target's system and component are in the payload.
    pub target: Option<(usize, Option<usize>)>,
}

macro_rules! catalogue {
    ($($message:ident,)*) => {
        /// A decoded message.
        // A message lives for one step of a machine, so its size matters less
        // than a heap allocation for each would.
        #[allow(clippy::large_enum_variant)]
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Message {
            $(#[doc = concat!("See [`", stringify!($message), "`].")] $message($message),)*
            /// A message that is not in the table: passed through unread.
            Unknown {
                /// The message's number.
                id: u32,
                /// The payload as it came.
                payload: Vec<u8>,
                /// The only seed with which the frame's checksum is right: it
                /// lets the message be sent on.
                crc_extra: u8,
            },
        }

        /// Every message of the table, by number.
        pub const DEFINITIONS: &[crate::message::Definition] = &[$(
            crate::message::Definition {
                id: $message::ID,
                name: $message::NAME,
                crc_extra: $message::CRC_EXTRA,
                length: $message::LENGTH,
                length_v1: $message::LENGTH_V1,
                target: crate::message::target($message::FIELDS),
            },
        )*];

        impl Message {
            /// The message's number.
            #[must_use]
            pub fn id(&self) -> u32 {
                match self {
                    $(Self::$message(_) => $message::ID,)*
                    Self::Unknown { id, .. } => *id,
                }
            }

            /// The message's name, or "UNKNOWN".
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$message(_) => $message::NAME,)*
                    Self::Unknown { .. } => "UNKNOWN",
                }
            }

            /// Whom it is meant for: system and component, 0 for all; `None`
            /// when the message has no target.
            #[must_use]
            pub fn target(&self) -> Option<(u8, u8)> {
                let (system, component) = crate::message::definition(self.id())?.target?;
                let mut payload = [0; crate::wire::PAYLOAD_MAX];
                let _ = self.write(&mut payload);
                let at = |offset: usize| payload.get(offset).copied().unwrap_or_default();
                Some((at(system), component.map_or(0, at)))
            }

            /// The seed of the checksum.
            #[must_use]
            pub fn crc_extra(&self) -> u8 {
                match self {
                    $(Self::$message(_) => $message::CRC_EXTRA,)*
                    Self::Unknown { crc_extra, .. } => *crc_extra,
                }
            }

            /// Writes the payload with its trailing zeros; returns its length.
            #[must_use]
            pub fn write(&self, out: &mut [u8; crate::wire::PAYLOAD_MAX]) -> usize {
                match self {
                    $(Self::$message(m) => m.write(out),)*
                    Self::Unknown { payload, .. } => {
                        for (to, from) in out.iter_mut().zip(payload) {
                            *to = *from;
                        }
                        payload.len().min(out.len())
                    }
                }
            }

            /// Reads a known message from a payload filled up with zeros.
            #[must_use]
            pub fn read(id: u32, bytes: &[u8; crate::wire::PAYLOAD_MAX]) -> Option<Self> {
                match id {
                    $($message::ID => Some(Self::$message($message::read(bytes))),)*
                    _ => None,
                }
            }
        }

        $(impl From<$message> for Message {
            fn from(message: $message) -> Self {
                Self::$message(message)
            }
        })*
    };
}
pub(crate) use catalogue;

use crate::messages::DEFINITIONS;
use crate::wire::{Field, find};

/// Looks a message up by its number.
#[must_use]
pub fn definition(id: u32) -> Option<&'static Definition> {
    DEFINITIONS
        .binary_search_by_key(&id, |d| d.id)
        .ok()
        .and_then(|i| DEFINITIONS.get(i))
}

/// Finds `target_system` and `target_component` among the fields.
pub(crate) const fn target(fields: &[Field]) -> Option<(usize, Option<usize>)> {
    match find(fields, "target_system") {
        Some(system) => Some((system, find(fields, "target_component"))),
        None => None,
    }
}
