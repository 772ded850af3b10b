/// The description, as a linker's custom section.
const DESCRIPTION: &[u8] = br#"{"schema":1,"name":"sharing","lifecycle":"warm","sharing":"connection",
"types":[{"type":"sharing","parameters":[
{"names":["address"],"kind":"string","sources":["triggerMetadata"],"roles":["endpoint"],"format":"host-port"},
{"names":["username"],"kind":"string","sources":["triggerMetadata","authParams"]},
{"names":["password"],"kind":"string","sources":["authParams"],"roles":["secret"]},
{"names":["timeout"],"kind":"duration","sources":["triggerMetadata"],"roles":["timeout"]},
{"names":["behaviour"],"kind":"string","sources":["triggerMetadata"]},
{"names":["value"],"kind":"integer","sources":["triggerMetadata"]}]}]}"#;

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
