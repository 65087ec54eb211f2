//! Addresses as the language writes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::error::quoted;
use super::{AddressArg, Span, SyntaxError, bytes, name};

/// Reads an unquoted address.
pub(super) fn parse(word: &str, span: &Span) -> Result<AddressArg, SyntaxError> {
    let error = |message: String| SyntaxError::new(span.clone(), message);
    if word.contains('/') {
        return Ok(AddressArg::Path(word.into()));
    }
    if name::is_valid(word) {
        return Ok(AddressArg::Socket(word.to_owned()));
    }
    if let Ok(ip) = word.trim_matches(['[', ']']).parse::<IpAddr>() {
        let colons = word.starts_with("::") && word.matches(':').count() == 3;
        let shown = match ip {
            IpAddr::V6(v6) if colons && !word.starts_with('[') => bracketed(v6),
            IpAddr::V6(v6) => format!("[{v6}]:8899"),
            IpAddr::V4(v4) => format!("{v4}:8899"),
        };
        let message = format!("{} has no port", quoted(word));
        return Err(error(message).expected("an address and a port").suggest(Some(shown)));
    }
    let Some((host, port)) = word.rsplit_once(':') else {
        let port = word.parse::<u16>().ok().map(|port| format!(":{port}"));
        return Err(error(format!("{} is no address", quoted(word)))
            .expected(super::Kind::Address.wanted())
            .suggest(port));
    };
    let port = parse_port(port, span.end - port.len()..span.end)?;
    match host {
        "" | "*" => return Ok(AddressArg::Any(port)),
        "localhost" => return Ok(AddressArg::Localhost(port)),
        _ => {}
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().map(|v6| AddressArg::Ip(v6.into(), port)).map_err(|_| {
            error(format!("{} is no IPv6 address", quoted(inner)))
                .expected("an address as [::1]:8899")
        });
    }
    if let Ok(v4) = host.parse::<Ipv4Addr>() {
        return Ok(AddressArg::Ip(v4.into(), port));
    }
    if let Ok(v6) = host.parse::<Ipv6Addr>() {
        return Err(error("an IPv6 address stands in brackets before its port".into())
            .suggest(Some(format!("[{v6}]:{port}"))));
    }
    let message = if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        format!("{} is no IPv4 address", quoted(host))
    } else {
        format!("{} is no IP address, and names are not looked up", quoted(host))
    };
    Err(error(message).expected("four numbers from 0 to 255, as 127.0.0.1:8899"))
}

fn parse_port(text: &str, span: Span) -> Result<u16, SyntaxError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let port = if digits { text.parse().ok() } else { None };
    port.ok_or_else(|| {
        let message = match (text.is_empty(), digits) {
            (true, _) => "the port is missing".to_owned(),
            (_, true) => format!("port {} is out of range", quoted(text).trim_matches('`')),
            _ => format!("{} is no port", quoted(text)),
        };
        SyntaxError::new(span, message).expected("a port from 0 to 65535 (0: the kernel chooses)")
    })
}

/// `::1:8899` is an IPv6 address to the letter, but was hardly meant so.
fn bracketed(v6: Ipv6Addr) -> String {
    let text = v6.to_string();
    match text.rsplit_once(':') {
        Some((host, port)) if host.len() > 1 => format!("[{host}]:{port}"),
        _ => format!("[{text}]:8899"),
    }
}

/// Writes an address so that the parser reads the same.
pub(super) fn text(address: &AddressArg) -> String {
    match address {
        AddressArg::Ip(IpAddr::V4(v4), port) => format!("{v4}:{port}"),
        AddressArg::Ip(IpAddr::V6(v6), port) => format!("[{v6}]:{port}"),
        AddressArg::Any(port) => format!("*:{port}"),
        AddressArg::Localhost(port) => format!("localhost:{port}"),
        AddressArg::Path(path) => bytes::quote(path_bytes(path)),
        AddressArg::Socket(name) => name.clone(),
    }
}

/// A path's bytes as the system has them.
pub(super) fn path_bytes(path: &Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> Result<AddressArg, SyntaxError> {
        parse(word, &(0..word.len()))
    }

    #[test]
    fn every_form_of_the_contract_is_read() {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(read("127.0.0.1:8899"), Ok(AddressArg::Ip(loopback, 8899)));
        assert_eq!(read("[::1]:8899"), Ok(AddressArg::Ip(Ipv6Addr::LOCALHOST.into(), 8899)));
        assert_eq!(read("*:8899"), Ok(AddressArg::Any(8899)));
        assert_eq!(read(":0"), Ok(AddressArg::Any(0)));
        assert_eq!(read("localhost:80"), Ok(AddressArg::Localhost(80)));
        assert_eq!(read("/tmp/s"), Ok(AddressArg::Path("/tmp/s".into())));
        assert_eq!(read("./s:1"), Ok(AddressArg::Path("./s:1".into())));
        assert_eq!(read("server"), Ok(AddressArg::Socket("server".into())));
    }

    #[test]
    fn a_port_out_of_range_is_pointed_at() {
        let error = read("127.0.0.1:65536").unwrap_err();
        assert_eq!((error.span, &*error.message), (10..15, "port 65536 is out of range"));
        for word in [":", ":x", ":-1", ":+1", "127.0.0.1:99999999999999999999"] {
            assert!(read(word).unwrap_err().expected.unwrap().contains("65535"), "{word}");
        }
    }

    #[test]
    fn what_was_meant_is_suggested() {
        for (word, meant) in [
            ("127.0.0.1", "127.0.0.1:8899"),
            ("8899", ":8899"),
            ("::1", "[::1]:8899"),
            ("[::1]", "[::1]:8899"),
            ("::1:8899", "[::1]:8899"),
            ("fe80:0:1:2:3:4:5:6:80", "[fe80:0:1:2:3:4:5:6]:80"),
        ] {
            let error = read(word).unwrap_err();
            assert_eq!(error.suggestion.as_deref(), Some(meant), "{word}: {error}");
        }
    }

    #[test]
    fn what_is_no_address_says_so() {
        for word in
            ["256.0.0.1:80", "1.2.3:80", "example.org:80", "[::g]:80", "[127.0.0.1]:80", "1x"]
        {
            assert!(read(word).is_err(), "{word}");
        }
    }
}
