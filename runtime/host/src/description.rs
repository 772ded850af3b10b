use runtime_types::Description;
use wasmparser::{Encoding, Parser, Payload};

use crate::HostError;

/// Name of the custom section that holds a component's description: JSON text, see
/// [`Description`]. It may stand in the component or, as Rust's linker leaves it, in a core
/// module inside it; the outermost counts.
pub const DESCRIPTION_SECTION: &str = "penstock:description";

/// Reads a component's description without running or compiling anything.
///
/// # Errors
/// When the bytes are no component, or carry no usable description.
pub fn read_description(component: &[u8]) -> Result<Description, HostError> {
    let malformed = |e: wasmparser::BinaryReaderError| HostError::NotAComponent(e.to_string());
    let mut first = true;
    let mut nested = None;
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(malformed)? {
            Payload::Version { encoding, .. } if first => {
                first = false;
                if encoding != Encoding::Component {
                    return Err(HostError::NotAComponent(
                        "this is a core module; make a component of it".into(),
                    ));
                }
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if section.name() == DESCRIPTION_SECTION => {
                if depth == 0 {
                    return Ok(Description::parse(section.data())?);
                }
                nested.get_or_insert(section.data());
            }
            _ => {}
        }
    }
    match nested {
        Some(json) => Ok(Description::parse(json)?),
        None if first => Err(HostError::NotAComponent("the file is empty".into())),
        None => Err(HostError::NoDescription),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn custom_section(name: &str, data: &[u8]) -> Vec<u8> {
        let mut body = vec![u8::try_from(name.len()).unwrap()];
        body.extend(name.as_bytes());
        body.extend(data);
        let mut section = vec![0, u8::try_from(body.len()).unwrap()];
        section.extend(body);
        section
    }

    fn description(name: &str) -> Vec<u8> {
        let json = format!(r#"{{"schema":1,"name":"{name}","types":[{{"type":"x"}}]}}"#);
        custom_section(DESCRIPTION_SECTION, json.as_bytes())
    }

    fn nested_module(content: &[u8]) -> Vec<u8> {
        let module = [MODULE, content].concat();
        let mut section = vec![1, u8::try_from(module.len()).unwrap()];
        section.extend(module);
        section
    }

    #[test]
    fn the_outermost_description_counts() {
        let inner = [COMPONENT, &nested_module(&description("inner"))].concat();
        assert_eq!(read_description(&inner).unwrap().name, "inner");
        let both = [inner.as_slice(), &description("outer")].concat();
        assert_eq!(read_description(&both).unwrap().name, "outer");
    }

    #[test]
    fn a_core_module_is_refused_by_name() {
        let error = read_description(&[MODULE, &description("x")].concat()).unwrap_err();
        assert!(error.to_string().contains("core module"), "{error}");
    }

    #[test]
    fn a_component_without_description_says_how_to_get_one() {
        let error = read_description(COMPONENT).unwrap_err();
        assert_eq!(error.reason(), "DescriptionInvalid");
    }

    #[test]
    fn cut_off_and_random_bytes_are_errors() {
        let whole = [COMPONENT, &description("x")].concat();
        for length in 0..whole.len() {
            assert!(read_description(&whole[..length]).is_err(), "{length}");
        }
        for seed in 0..=255_u8 {
            let bytes: Vec<u8> = (0..64_u8).map(|i| i.wrapping_mul(seed) ^ seed).collect();
            assert!(read_description(&bytes).is_err());
        }
    }
}
