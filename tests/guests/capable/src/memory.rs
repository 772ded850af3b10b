use crate::bindings::penstock::scaler::{files, kv};
use crate::bindings::wasi::clocks::wall_clock;

pub(crate) fn clock() -> String {
    wall_clock::now().seconds.to_string()
}

/// How often this was called before, as remembered by the host.
pub(crate) fn count() -> String {
    let before = kv::get("count").map_or(0, |bytes| bytes[0]);
    kv::set("count", &[before + 1]).expect("a byte fits");
    before.to_string()
}

pub(crate) fn files(directory: &str) -> Result<String, String> {
    let failed = |unknown: files::Unknown| format!("{:?}: {}", unknown.reason, unknown.message);
    let open = files::open_directory(directory).map_err(failed)?;
    let mut names = Vec::new();
    loop {
        let entries = open.next(2).map_err(failed)?;
        if entries.is_empty() {
            break;
        }
        names.extend(entries.into_iter().map(|entry| entry.name));
    }
    names.sort();
    Ok(names.join(" "))
}
