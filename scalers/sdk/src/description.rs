//! The component's description as one JSON text, put together while compiling: it has to be a
//! constant to become a custom section.

use crate::config::{Field, ParameterSpec};

/// One trigger type to be described.
#[derive(Debug)]
pub struct TypeDescription {
    /// As written in manifests.
    pub name: &'static str,
    /// Its parameters.
    pub fields: &'static [Field],
    /// Its own endpoint templates, without those of nested groups.
    pub endpoints: &'static [&'static str],
}

/// The text's length in bytes. `head` are the JSON members before `types`, with a comma after
/// each.
pub const fn length(head: &str, types: &[TypeDescription]) -> usize {
    let mut writer = Writer {
        out: &mut [],
        at: 0,
    };
    writer.description(head, types);
    writer.at
}

/// The text; `N` is its [`length`].
pub const fn bytes<const N: usize>(head: &str, types: &[TypeDescription]) -> [u8; N] {
    let mut out = [0; N];
    let mut writer = Writer {
        out: &mut out,
        at: 0,
    };
    writer.description(head, types);
    assert!(writer.at == N, "not the length of this description");
    out
}

/// The bytes as text.
pub const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a description is UTF-8"),
    }
}

/// Counts, and writes as long as there is room.
struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

// Loops are spelled out: iterators do not work in constants.
impl Writer<'_> {
    const fn put(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if self.at + bytes.len() <= self.out.len() {
            let (_, rest) = self.out.split_at_mut(self.at);
            let (place, _) = rest.split_at_mut(bytes.len());
            place.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }

    const fn description(&mut self, head: &str, types: &[TypeDescription]) {
        self.put("{");
        self.put(head);
        self.put("\"types\":[");
        let mut i = 0;
        while i < types.len() {
            if i > 0 {
                self.put(",");
            }
            self.trigger_type(&types[i]);
            i += 1;
        }
        self.put("]}");
    }

    const fn trigger_type(&mut self, described: &TypeDescription) {
        self.put("{\"type\":\"");
        self.put(described.name);
        self.put("\",\"parameters\":[");
        self.parameters(described.fields, false, true);
        self.put("],\"endpoints\":[");
        let first = self.endpoints(described.endpoints, true);
        self.group_endpoints(described.fields, first);
        self.put("]}");
    }

    /// Returns whether nothing was put yet.
    const fn parameters(&mut self, fields: &[Field], optional: bool, mut first: bool) -> bool {
        let mut i = 0;
        while i < fields.len() {
            match &fields[i] {
                Field::Parameter(spec) => {
                    if !first {
                        self.put(",");
                    }
                    first = false;
                    self.parameter(spec, optional);
                }
                Field::Group {
                    fields,
                    optional: group_optional,
                    ..
                } => first = self.parameters(fields, optional || *group_optional, first),
            }
            i += 1;
        }
        first
    }

    const fn parameter(&mut self, spec: &ParameterSpec, optional: bool) {
        self.put("{");
        self.put(spec.json);
        self.put(",\"kind\":\"");
        self.put(spec.kind.as_str());
        self.put(if spec.optional || optional {
            "\",\"optional\":true}"
        } else {
            "\"}"
        });
    }

    const fn group_endpoints(&mut self, fields: &[Field], mut first: bool) -> bool {
        let mut i = 0;
        while i < fields.len() {
            if let Field::Group {
                fields, endpoints, ..
            } = &fields[i]
            {
                first = self.endpoints(endpoints, first);
                first = self.group_endpoints(fields, first);
            }
            i += 1;
        }
        first
    }

    const fn endpoints(&mut self, endpoints: &[&str], mut first: bool) -> bool {
        let mut i = 0;
        while i < endpoints.len() {
            self.put(if first { "\"" } else { ",\"" });
            first = false;
            self.put(endpoints[i]);
            self.put("\"");
            i += 1;
        }
        first
    }
}
