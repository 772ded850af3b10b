use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use crate::CaseError;
use crate::case::Step;

/// A step in bytes.
pub(super) enum Action {
    Expect(Vec<u8>),
    Until(Vec<u8>),
    Reply(Vec<u8>),
    ReplyBytewise(Vec<u8>),
    Silent,
    AwaitClose,
}

impl Action {
    pub(super) fn from_step(step: &Step) -> Result<Self, CaseError> {
        Ok(match step {
            Step::Expect(text) => Self::Expect(text.clone().into_bytes()),
            Step::ExpectHex(text) => Self::Expect(bytes(text)?),
            Step::Until(text) => Self::Until(text.clone().into_bytes()),
            Step::Reply(text) => Self::Reply(text.clone().into_bytes()),
            Step::ReplyHex(text) => Self::Reply(bytes(text)?),
            Step::ReplyBytewise(text) => Self::ReplyBytewise(text.clone().into_bytes()),
            Step::Silent(_) => Self::Silent,
            Step::AwaitClose(_) => Self::AwaitClose,
        })
    }
}

/// Bytes of `00 ff`; spaces mean nothing.
fn bytes(text: &str) -> Result<Vec<u8>, CaseError> {
    let wrong = || CaseError::Hex(text.to_string());
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(char::is_ascii_hexdigit) {
        return Err(wrong());
    }
    let pair = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    digits
        .chunks(2)
        .map(pair)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())
}

/// Does what the script says, on one connection.
pub(super) fn follow(mut stream: TcpStream, script: &[Action]) -> Result<(), String> {
    for (i, action) in script.iter().enumerate() {
        take(&mut stream, action).map_err(|text| format!("step {}: {text}", i + 1))?;
    }
    Ok(())
}

fn take(stream: &mut TcpStream, action: &Action) -> Result<(), String> {
    let written = |e: std::io::Error| format!("cannot reply: {e}");
    match action {
        Action::Expect(expected) => {
            let mut got = Vec::new();
            while got.len() < expected.len() && expected.starts_with(&got) {
                if !read_byte(stream, &mut got)? {
                    break;
                }
            }
            if got != *expected {
                return Err(difference(expected, &got));
            }
        }
        Action::Until(end) => {
            let mut got = Vec::new();
            while !got.ends_with(end) {
                if !read_byte(stream, &mut got)? {
                    return Err(difference(end, &got));
                }
            }
        }
        Action::Reply(bytes) => stream.write_all(bytes).map_err(written)?,
        Action::ReplyBytewise(bytes) => {
            for byte in bytes {
                stream.write_all(&[*byte]).map_err(written)?;
            }
        }
        Action::Silent => while read_byte(stream, &mut Vec::new())? {},
        Action::AwaitClose => {
            let mut got = Vec::new();
            if read_byte(stream, &mut got)? {
                return Err(difference(b"", &got));
            }
        }
    }
    Ok(())
}

/// False at the end. A byte at a time: what follows belongs to the next step.
fn read_byte(stream: &mut TcpStream, got: &mut Vec<u8>) -> Result<bool, String> {
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(0) => Ok(false),
        Ok(_) => {
            got.push(byte[0]);
            Ok(true)
        }
        Err(e) if e.kind() == ErrorKind::ConnectionReset => Ok(false),
        Err(e) => Err(format!(
            "nothing came: {e}; until then {:?}",
            String::from_utf8_lossy(got)
        )),
    }
}

fn difference(expected: &[u8], got: &[u8]) -> String {
    format!(
        "\n      expected {:?}\n      got      {:?}",
        String::from_utf8_lossy(expected),
        String::from_utf8_lossy(got)
    )
}
