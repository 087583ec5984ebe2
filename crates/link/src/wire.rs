//! How fields lie on the wire: sizes, order and CRC_EXTRA of a message, all
//! computed at compile time from its definition (mavlink.io, "Packet
//! Serialization").

use crate::crc;

/// The longest payload that a frame can carry, bytes.
pub const PAYLOAD_MAX: usize = 255;

/// A value that a message field may hold.
pub trait Wire: Copy {
    /// The C type name that enters CRC_EXTRA.
    const TYPE: &'static str;
    /// Bytes of one element; fields are sorted by it.
    const ELEMENT: usize;
    /// Number of elements of an array; 0 for a scalar.
    const ARRAY: usize;
    /// All bytes zero.
    const ZERO: Self;
    /// Writes the value at the beginning of `out` (little endian).
    fn put(&self, out: &mut [u8]);
    /// Reads the value from the beginning of `bytes`.
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! scalar {
    ($($type:ty = $name:literal),*) => {$(
        impl Wire for $type {
            const TYPE: &'static str = $name;
            const ELEMENT: usize = size_of::<$type>();
            const ARRAY: usize = 0;
            const ZERO: Self = 0 as $type;
            fn put(&self, out: &mut [u8]) {
                let bytes = self.to_le_bytes();
                if let Some(out) = out.get_mut(..bytes.len()) {
                    out.copy_from_slice(&bytes);
                }
            }
            fn get(bytes: &[u8]) -> Self {
                match bytes.first_chunk() {
                    Some(chunk) => Self::from_le_bytes(*chunk),
                    None => Self::ZERO,
                }
            }
        }
    )*};
}

scalar!(
    u8 = "uint8_t",
    i8 = "int8_t",
    u16 = "uint16_t",
    i16 = "int16_t",
    u32 = "uint32_t",
    i32 = "int32_t",
    u64 = "uint64_t",
    i64 = "int64_t",
    f32 = "float",
    f64 = "double"
);

impl<T: Wire, const N: usize> Wire for [T; N] {
    const TYPE: &'static str = T::TYPE;
    const ELEMENT: usize = T::ELEMENT;
    const ARRAY: usize = N;
    const ZERO: Self = [T::ZERO; N];
    fn put(&self, out: &mut [u8]) {
        for (value, out) in self.iter().zip(out.chunks_mut(T::ELEMENT)) {
            value.put(out);
        }
    }
    fn get(bytes: &[u8]) -> Self {
        let mut all = Self::ZERO;
        for (value, bytes) in all.iter_mut().zip(bytes.chunks(T::ELEMENT)) {
            *value = T::get(bytes);
        }
        all
    }
}

/// A `char[N]` field: text that ends at the first zero byte, or fills the field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<const N: usize>(pub [u8; N]);

impl<const N: usize> Text<N> {
    /// The field holding as much of `text` as fits, cut between characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut end = text.len().min(N);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(text.as_bytes().iter().take(end)) {
            *to = *from;
        }
        Self(bytes)
    }

    /// The text; of invalid UTF-8, the part before it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.0.split(|b| *b == 0).next().unwrap_or_default();
        match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(e) => text
                .get(..e.valid_up_to())
                .and_then(|t| std::str::from_utf8(t).ok())
                .unwrap_or_default(),
        }
    }
}

impl<const N: usize> From<&str> for Text<N> {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<const N: usize> std::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl<const N: usize> std::fmt::Display for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Wire for Text<N> {
    const TYPE: &'static str = "char";
    const ELEMENT: usize = 1;
    const ARRAY: usize = N;
    const ZERO: Self = Self([0; N]);
    fn put(&self, out: &mut [u8]) {
        self.0.put(out);
    }
    fn get(bytes: &[u8]) -> Self {
        Self(Wire::get(bytes))
    }
}

/// One field of a definition.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// The C type name of one element.
    pub wire_type: &'static str,
    /// Bytes of one element.
    pub element: usize,
    /// Elements of an array, 0 for a scalar.
    pub array: usize,
    /// Came with MAVLink 2: last on the wire, outside CRC_EXTRA.
    pub extension: bool,
}

impl Field {
    /// Describes a field holding a `T`.
    #[must_use]
    pub const fn of<T: Wire>(name: &'static str, extension: bool) -> Self {
        Self {
            name: bare(name),
            wire_type: T::TYPE,
            element: T::ELEMENT,
            array: T::ARRAY,
            extension,
        }
    }

    const fn size(&self) -> usize {
        if self.array == 0 {
            self.element
        } else {
            self.element * self.array
        }
    }
}

/// A field name without Rust's `r#`.
const fn bare(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(name) => name,
            Err(_) => name,
        },
        _ => name,
    }
}

/// Whether field `a` goes before field `b`: larger elements first, then as
/// declared; extensions after all others, as declared.
const fn before(fields: &[Field], a: usize, b: usize) -> bool {
    let (x, y) = (&fields[a], &fields[b]);
    if x.extension != y.extension {
        return y.extension;
    }
    if !x.extension && x.element != y.element {
        return x.element > y.element;
    }
    a < b
}

/// Where field `index` begins in the payload.
#[must_use]
pub const fn offset(fields: &[Field], index: usize) -> usize {
    let mut sum = 0;
    let mut i = 0;
    while i < fields.len() {
        if before(fields, i, index) {
            sum += fields[i].size();
        }
        i += 1;
    }
    sum
}

/// Where the field called `name` begins in the payload, if there is one.
#[must_use]
pub const fn find(fields: &[Field], name: &'static str) -> Option<usize> {
    let name = bare(name).as_bytes();
    let mut i = 0;
    while i < fields.len() {
        if same(fields[i].name.as_bytes(), name) {
            return Some(offset(fields, i));
        }
        i += 1;
    }
    None
}

/// Where the field called `name` (perhaps with `r#`) begins in the payload;
/// evaluated at compile time only.
#[must_use]
pub const fn offset_of(fields: &[Field], name: &'static str) -> usize {
    match find(fields, name) {
        Some(offset) => offset,
        None => panic!("no such field"),
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Payload length, bytes; of MAVLink 1 when `extensions` is false.
#[must_use]
pub const fn length(fields: &[Field], extensions: bool) -> usize {
    let mut sum = 0;
    let mut i = 0;
    while i < fields.len() {
        if extensions || !fields[i].extension {
            sum += fields[i].size();
        }
        i += 1;
    }
    assert!(sum <= PAYLOAD_MAX, "a message longer than a frame");
    sum
}

/// The CRC_EXTRA byte: message name and each field's type, name and array
/// length in wire order, extensions left out.
#[must_use]
pub const fn crc_extra(name: &str, fields: &[Field]) -> u8 {
    let mut crc = crc::step(crc::update(crc::START, name.as_bytes()), b' ');
    let mut place = 0;
    while place < fields.len() {
        // The field that has exactly `place` fields before it.
        let mut i = 0;
        while i < fields.len() {
            let mut ahead = 0;
            let mut j = 0;
            while j < fields.len() {
                if j != i && before(fields, j, i) {
                    ahead += 1;
                }
                j += 1;
            }
            let field = &fields[i];
            if ahead == place && !field.extension {
                crc = crc::step(crc::update(crc, field.wire_type.as_bytes()), b' ');
                crc = crc::step(crc::update(crc, field.name.as_bytes()), b' ');
                if field.array > 0 {
                    crc = crc::step(crc, field.array as u8);
                }
            }
            i += 1;
        }
        place += 1;
    }
    (crc & 0xff) as u8 ^ (crc >> 8) as u8
}

/// Defines messages: `ID WIRE_NAME Struct { field: type = "unit or enum", … }`,
/// with `extensions { … }` after the fields that MAVLink 1 knows.
macro_rules! messages {
    ($($id:literal $name:ident $message:ident {
        $($field:ident: $type:ty $(= $unit:literal)?,)*
    } $(extensions { $($xfield:ident: $xtype:ty $(= $xunit:literal)?,)* })?)*) => {$(
        #[doc = concat!(stringify!($name), " (", $id, ").")]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(missing_docs, non_snake_case)]
        pub struct $message {
            $($(#[doc = concat!("`", $unit, "`")])? pub $field: $type,)*
            $($($(#[doc = concat!("`", $xunit, "`")])? pub $xfield: $xtype,)*)?
        }

        impl $message {
            /// The message's number.
            pub const ID: u32 = $id;
            /// The message's name.
            pub const NAME: &'static str = stringify!($name);
            /// The definition, in the order of declaration.
            pub const FIELDS: &'static [$crate::wire::Field] = &[
                $($crate::wire::Field::of::<$type>(stringify!($field), false),)*
                $($($crate::wire::Field::of::<$xtype>(stringify!($xfield), true),)*)?
            ];
            /// The seed of the checksum, from the definition.
            pub const CRC_EXTRA: u8 = $crate::wire::crc_extra(Self::NAME, Self::FIELDS);
            /// Payload length with extensions, bytes.
            pub const LENGTH: usize = $crate::wire::length(Self::FIELDS, true);
            /// Payload length as MAVLink 1 has it, bytes.
            pub const LENGTH_V1: usize = $crate::wire::length(Self::FIELDS, false);

            /// Writes the whole payload; returns its length.
            pub fn write(&self, out: &mut [u8; $crate::wire::PAYLOAD_MAX]) -> usize {
                use $crate::wire::{Wire, offset_of};
                $(self.$field.put(
                    &mut out[const { offset_of(Self::FIELDS, stringify!($field)) }..],
                );)*
                $($(self.$xfield.put(
                    &mut out[const { offset_of(Self::FIELDS, stringify!($xfield)) }..],
                );)*)?
                Self::LENGTH
            }

            /// Reads a payload that was filled up with zeros.
            #[must_use]
            pub fn read(bytes: &[u8; $crate::wire::PAYLOAD_MAX]) -> Self {
                use $crate::wire::{Wire, offset_of};
                Self {
                    $($field: Wire::get(
                        &bytes[const { offset_of(Self::FIELDS, stringify!($field)) }..],
                    ),)*
                    $($($xfield: Wire::get(
                        &bytes[const { offset_of(Self::FIELDS, stringify!($xfield)) }..],
                    ),)*)?
                }
            }
        }

        impl Default for $message {
            fn default() -> Self {
                use $crate::wire::Wire;
                Self {
                    $($field: Wire::ZERO,)*
                    $($($xfield: Wire::ZERO,)*)?
                }
            }
        }
    )*};
}
pub(crate) use messages;
