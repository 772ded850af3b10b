/// A component whose code takes minutes to compile: a few functions as large as are allowed, each
/// one long chain of dependent sums.
pub fn bomb(trigger_type: &str) -> Vec<u8> {
    let body = long_function();
    let functions = 8;
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // One type: (i32) -> (i32).
    module.extend(section(1, &[1, 0x60, 1, 0x7f, 1, 0x7f]));
    let mut indices = vec![functions];
    indices.extend(vec![0; usize::from(functions)]);
    module.extend(section(3, &indices));
    let mut code = vec![functions];
    for _ in 0..functions {
        code.extend(leb(body.len()));
        code.extend(&body);
    }
    module.extend(section(10, &code));

    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    component.extend(section(1, &module));
    let json = format!(r#"{{"schema":1,"name":"bomb","types":[{{"type":"{trigger_type}"}}]}}"#);
    let name = runtime_host::DESCRIPTION_SECTION;
    let mut description = leb(name.len());
    description.extend(name.bytes().chain(json.bytes()));
    component.extend(section(0, &description));
    component
}

fn long_function() -> Vec<u8> {
    // No declared locals; `local.get 0` and `local.set 0` around multiplications with itself.
    let step = [0x20, 0, 0x20, 0, 0x6c, 0x20, 0, 0x73, 0x21, 0];
    let mut body = vec![0];
    for _ in 0..700_000 {
        body.extend(step);
    }
    body.extend([0x20, 0, 0x0b]);
    body
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    let mut section = vec![id];
    section.extend(leb(content.len()));
    section.extend(content);
    section
}

pub(crate) fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits");
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
