//! A component that uses the capability its trigger names, over the bare contract, and tells what
//! came of it in the text of an unknown value.
// The exports' names are none that a native linker takes.
#![cfg(target_family = "wasm")]

// Generated code.
#[allow(missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package penstock:capable;

            world capable {
                include penstock:scaler/plugin@0.1.0;
                import wasi:sockets/tcp-create-socket@0.2.12;
                import wasi:sockets/instance-network@0.2.12;
            }
        ",
        path: "../../../wit",
        world: "penstock:capable/capable",
        generate_all,
    });
}

mod cluster;
mod http;
mod memory;
mod sockets;

use bindings::exports::penstock::scaler::scaler::{Guest, Handle};
use bindings::penstock::scaler::types::{
    Checked, OpenError, Outcome, ParameterError, Trigger, Unknown, UnknownReason,
};

struct Capable;

thread_local! {
    static TRIGGER: std::cell::RefCell<Option<Trigger>> = const { std::cell::RefCell::new(None) };
}

fn value<'t>(trigger: &'t Trigger, name: &str) -> &'t str {
    let found = trigger.metadata.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

fn try_out(trigger: &Trigger) -> Result<String, String> {
    let address = value(trigger, "address");
    match value(trigger, "use") {
        "clock" => Ok(memory::clock()),
        "http" => http::get(value(trigger, "url")),
        "kv" => Ok(memory::count()),
        "files" => memory::files(value(trigger, "directory")),
        "pods" => cluster::pods(value(trigger, "selector")),
        "nodes" => cluster::nodes(value(trigger, "selector")),
        "config-map" => cluster::value(value(trigger, "name")),
        "floods-cluster" => cluster::flood(),
        "tls" => sockets::tls(address),
        "upgrade" => sockets::upgrade(address),
        other => Err(format!("no such use: {other}")),
    }
}

impl Guest for Capable {
    fn check(trigger: Trigger) -> Result<Checked, Vec<ParameterError>> {
        if value(&trigger, "use") == "impure-check" {
            memory::count();
        }
        if value(&trigger, "use") == "cluster-check" {
            let _ = cluster::pods("app");
        }
        Ok(Checked {
            metrics: vec![],
            notices: vec![],
        })
    }

    fn open(trigger: Trigger) -> Result<Handle, OpenError> {
        TRIGGER.set(Some(trigger));
        Ok(1)
    }

    fn poll(handles: Vec<Handle>) -> Vec<(Handle, Outcome)> {
        let result = TRIGGER.with_borrow(|trigger| match trigger {
            Some(trigger) => try_out(trigger),
            None => Err("not open".into()),
        });
        let message = result.unwrap_or_else(|error| format!("failed: {error}"));
        let reason = UnknownReason::Other;
        vec![(handles[0], Outcome::Unknown(Unknown { reason, message }))]
    }

    fn close(_: Handle) {}
}

bindings::export!(Capable with_types_in bindings);

/// The description, as a linker's custom section.
const DESCRIPTION: &[u8] = br#"{"schema":1,"name":"capable","kube":["pods"],"types":[{"type":"capable","parameters":[
{"names":["address"],"kind":"string","sources":["triggerMetadata"],"roles":["endpoint"],"format":"host-port"},
{"names":["url"],"kind":"string","sources":["triggerMetadata"],"roles":["endpoint"],"format":"url"},
{"names":["directory"],"kind":"string","sources":["triggerMetadata"],"roles":["directory"]},
{"names":["map"],"kind":"string","sources":["triggerMetadata"],"roles":["config-map"]},
{"names":["ca"],"kind":"string","sources":["authParams"],"roles":["tls-ca"]},
{"names":["cert"],"kind":"string","sources":["authParams"],"roles":["tls-cert"]},
{"names":["key"],"kind":"string","sources":["authParams"],"roles":["tls-key"]},
{"names":["unsafeSsl"],"kind":"boolean","sources":["triggerMetadata"],"roles":["tls-skip-verify"]}]}]}"#;

#[unsafe(link_section = "penstock:description")]
#[used]
static SECTION: [u8; DESCRIPTION.len()] = {
    let mut section = [0; DESCRIPTION.len()];
    let mut at = 0;
    while at < section.len() {
        section[at] = DESCRIPTION[at];
        at += 1;
    }
    section
};
