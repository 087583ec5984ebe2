//! Where the other end is: the grammar of endpoints on the command line.
//!
//! `udpin:HOST:PORT` waits for datagrams, `udpout:HOST:PORT` and `udp:HOST:PORT` send them, `tcp:HOST:PORT` connects,
//! `tcpin:HOST:PORT` waits for connections, `serial:DEVICE:BAUD` opens a device. Nothing is opened here.

use std::fmt;
use std::str::FromStr;

/// One end of a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// Bind and learn the peers from what arrives.
    UdpIn {
        /// Address to bind.
        host: String,
        /// Port to bind; 0 for any.
        port: u16,
    },
    /// Send to a peer first.
    UdpOut {
        /// The peer.
        host: String,
        /// Its port.
        port: u16,
    },
    /// UDP where the direction follows from the command.
    Udp {
        /// The peer, or the address to bind.
        host: String,
        /// Its port.
        port: u16,
    },
    /// Connect.
    Tcp {
        /// The peer.
        host: String,
        /// Its port.
        port: u16,
    },
    /// Wait for connections.
    TcpIn {
        /// Address to bind.
        host: String,
        /// Port to bind; 0 for any.
        port: u16,
    },
    /// A serial device.
    Serial {
        /// Path of the device.
        device: String,
        /// Bits per second.
        baud: u32,
    },
}

/// An endpoint that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The word before the first colon.
    #[error(
        "`{0}` is not a kind of endpoint: use udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT, tcpin:HOST:PORT or serial:DEVICE:BAUD"
    )]
    Kind(String),
    /// No host or port.
    #[error(
        "`{0}` needs HOST:PORT with a port between 0 and 65535, for example udpin:0.0.0.0:14550"
    )]
    HostPort(String),
    /// No device or rate.
    #[error("`{0}` needs DEVICE:BAUD, for example serial:/dev/ttyUSB0:57600")]
    DeviceBaud(String),
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (kind, rest) = text
            .split_once(':')
            .ok_or_else(|| EndpointError::Kind(text.into()))?;
        if kind == "serial" {
            let parts = rest
                .rsplit_once(':')
                .and_then(|(device, baud)| Some((device, baud.parse::<u32>().ok()?)));
            return match parts {
                Some((device, baud)) if !device.is_empty() && baud > 0 => Ok(Self::Serial {
                    device: device.into(),
                    baud,
                }),
                _ => Err(EndpointError::DeviceBaud(text.into())),
            };
        }
        if !matches!(kind, "udpin" | "udpout" | "udp" | "tcp" | "tcpin") {
            return Err(EndpointError::Kind(kind.into()));
        }
        let parts = rest
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        let (host, port) = match parts {
            Some((host, port)) if !host.is_empty() => {
                (host.trim_matches(['[', ']']).to_owned(), port)
            }
            _ => return Err(EndpointError::HostPort(text.into())),
        };
        Ok(match kind {
            "udpin" => Self::UdpIn { host, port },
            "udpout" => Self::UdpOut { host, port },
            "udp" => Self::Udp { host, port },
            "tcp" => Self::Tcp { host, port },
            _ => Self::TcpIn { host, port },
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, host, port) = match self {
            Self::UdpIn { host, port } => ("udpin", host, port),
            Self::UdpOut { host, port } => ("udpout", host, port),
            Self::Udp { host, port } => ("udp", host, port),
            Self::Tcp { host, port } => ("tcp", host, port),
            Self::TcpIn { host, port } => ("tcpin", host, port),
            Self::Serial { device, baud } => return write!(f, "serial:{device}:{baud}"),
        };
        if host.contains(':') {
            write!(f, "{kind}:[{host}]:{port}")
        } else {
            write!(f, "{kind}:{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_written() {
        for text in [
            "udpin:0.0.0.0:14550",
            "udpout:10.0.0.1:14550",
            "tcp:localhost:5760",
            "tcpin:127.0.0.1:0",
            "serial:/dev/ttyUSB0:57600",
            "udp:[::1]:8471",
        ] {
            let endpoint: Endpoint = text.parse().expect(text);
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(matches!(
            "14550".parse::<Endpoint>(),
            Err(EndpointError::Kind(_))
        ));
        assert!(matches!(
            "bluetooth:a:1".parse::<Endpoint>(),
            Err(EndpointError::Kind(_))
        ));
        assert!(matches!(
            "udpin:14550".parse::<Endpoint>(),
            Err(EndpointError::HostPort(_))
        ));
        assert!(matches!(
            "udpin:h:99999".parse::<Endpoint>(),
            Err(EndpointError::HostPort(_))
        ));
        assert!(matches!(
            "serial:/dev/ttyUSB0".parse::<Endpoint>(),
            Err(EndpointError::DeviceBaud(_))
        ));
    }
}
