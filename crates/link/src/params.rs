//! Parameter values and how they travel in the `float` of the parameter
//! messages (mavlink.io, "Parameter Protocol", "Parameter Encoding").

use crate::mav::param_type as t;

/// A parameter's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(i32),
    /// A real number.
    Real(f32),
}

impl Value {
    /// The value as a number.
    #[must_use]
    pub fn number(self) -> f64 {
        match self {
            Self::Int(v) => f64::from(v),
            Self::Real(v) => f64::from(v),
        }
    }

    /// The value in the kind of `other`; the part after the decimal point is
    /// cut off for whole numbers.
    #[must_use]
    pub fn cast_like(self, other: Self) -> Self {
        match other {
            Self::Int(_) => Self::Int(self.number() as i32),
            Self::Real(_) => Self::Real(self.number() as f32),
        }
    }
}

/// The value as `param_value` and `param_type`: the bytes of the integer
/// (`bytewise`, PX4), or the nearest float (ArduPilot).
#[must_use]
pub fn encode(value: Value, bytewise: bool) -> (f32, u8) {
    match value {
        Value::Real(v) => (v, t::REAL32),
        Value::Int(v) if bytewise => (f32::from_le_bytes(v.to_le_bytes()), t::INT32),
        Value::Int(v) => (v as f32, t::INT32),
    }
}

/// The value of `param_value` and `param_type`; `None` for types that do not
/// fit into it.
#[must_use]
pub fn decode(value: f32, kind: u8, bytewise: bool) -> Option<Value> {
    let [b0, b1, _, _] = value.to_le_bytes();
    let int = match kind {
        t::REAL32 => return Some(Value::Real(value)),
        t::UINT8..=t::INT32 if !bytewise => value as i32,
        t::UINT8 => i32::from(b0),
        t::INT8 => i32::from(b0.cast_signed()),
        t::UINT16 => i32::from(u16::from_le_bytes([b0, b1])),
        t::INT16 => i32::from(i16::from_le_bytes([b0, b1])),
        t::UINT32 | t::INT32 => i32::from_le_bytes(value.to_le_bytes()),
        _ => return None,
    };
    Some(Value::Int(int))
}
