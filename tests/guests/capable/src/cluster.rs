use crate::bindings::penstock::scaler::kube_read as cluster;
use crate::bindings::penstock::scaler::types::Unknown;

fn failed(unknown: Unknown) -> String {
    format!("{:?}: {}", unknown.reason, unknown.message)
}

pub(crate) fn pods(selector: &str) -> Result<String, String> {
    let count = cluster::count_pods(selector).map_err(failed)?;
    Ok(count.to_string())
}

pub(crate) fn nodes(selector: &str) -> Result<String, String> {
    let count = cluster::count_nodes(selector).map_err(failed)?;
    Ok(count.to_string())
}

pub(crate) fn value(name: &str) -> Result<String, String> {
    let value = cluster::config_map_value(name, "workers").map_err(failed)?;
    Ok(value.unwrap_or_else(|| "nothing".into()))
}

/// Asks on and on.
pub(crate) fn flood() -> Result<String, String> {
    loop {
        pods("app")?;
    }
}
