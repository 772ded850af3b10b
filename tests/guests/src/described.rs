use crate::bomb::leb;
use crate::component_file;

/// The built component `name`, with another description than its own.
///
/// # Panics
/// When it was not built.
pub fn described(name: &str, json: &str) -> Vec<u8> {
    let mut bytes = std::fs::read(component_file(name)).expect("the component was built");
    let of = runtime_host::DESCRIPTION_SECTION;
    let mut section = leb(of.len());
    section.extend(of.bytes().chain(json.bytes()));
    bytes.push(0);
    bytes.extend(leb(section.len()));
    bytes.extend(section);
    bytes
}
