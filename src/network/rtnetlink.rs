//! Requests to the kernel about devices and routes (`rtnetlink(7)`).

use std::io;

use super::raw;

/// Sends a request and waits for the kernel's verdict.
pub fn request(message: &[u8]) -> io::Result<()> {
    let answer = raw::route_request(message)?;
    let code = answer.get(16..20).and_then(|bytes| bytes.try_into().ok());
    match code.map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// `struct nlmsghdr`, the header of what it is about, attributes.
pub fn framed(kind: u16, flags: i32, about: &[u8], attributes: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    let length = 16 + about.len() + attributes.len();
    message.extend((length as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(((flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16).to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: one request a socket
    message.extend(about);
    message.extend(attributes);
    message
}

/// `struct rtattr`: length, type, value, padded to four bytes.
pub fn attribute(to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = 4 + value.len();
    to.extend((length as u16).to_ne_bytes());
    to.extend(kind.to_ne_bytes());
    to.extend(value);
    to.resize(to.len().next_multiple_of(4), 0);
}
