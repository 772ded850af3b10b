use runtime_types::Description;

use crate::host::description::{DESCRIPTION_SECTION, read_description};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// The bytes of a component file, and the JSON text of a description. What is read can be written
/// and read again; a section that means nothing changes nothing; a description put into a component
/// is read as it is by itself.
pub fn component(data: &[u8]) {
    match read_description(data) {
        Ok(description) => {
            assert!(data.starts_with(COMPONENT), "not a component");
            written_again(&description);
            let more = [data, &section("other", b"{}")].concat();
            let again = read_description(&more).expect("a further section harms nothing");
            assert_eq!(again, description);
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.reason().is_empty()),
    }
    let alone = Description::parse(data);
    let inside = read_description(&[COMPONENT, &section(DESCRIPTION_SECTION, data)].concat());
    match (alone, inside) {
        (Ok(alone), Ok(inside)) => {
            assert_eq!(alone, inside);
            written_again(&alone);
        }
        (Err(alone), Err(inside)) => assert_eq!(alone.to_string(), inside.to_string()),
        (alone, inside) => panic!("alone {alone:?}, inside {inside:?}"),
    }
}

fn written_again(description: &Description) {
    assert!(!description.types.is_empty());
    let json = serde_json::to_vec(description).expect("it can be written");
    assert_eq!(Description::parse(&json).as_ref(), Ok(description));
}

fn section(name: &str, content: &[u8]) -> Vec<u8> {
    let mut body = length(name.len());
    body.extend(name.as_bytes());
    body.extend(content);
    [vec![0], length(body.len()), body].concat()
}

/// LEB128.
fn length(mut n: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (n & 0x7f) as u8;
        n >>= 7;
        bytes.push(low | if n > 0 { 0x80 } else { 0 });
        if n == 0 {
            return bytes;
        }
    }
}
