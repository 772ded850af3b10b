//! `operator/docs/scalers.md`: the catalog as a table.

use std::fmt::Write;

use anyhow::Result;

use super::Generated;
use crate::catalog::{self, Scaler};
use crate::workspace::Workspace;

pub(super) fn generate(workspace: &Workspace) -> Result<Vec<Generated>> {
    Ok(vec![Generated {
        path: "operator/docs/scalers.md".into(),
        content: page(&catalog::scalers(workspace)?),
    }])
}

fn page(scalers: &[Scaler]) -> String {
    let mut page = String::from(
        "<!-- Made by `cargo xtask gen` from scalers/catalog/*/scaler.toml. -->\n\n\
         # Scalers\n\n\
         | scaler | trigger types | what it measures | instances |\n\
         | --- | --- | --- | --- |\n",
    );
    for scaler in scalers {
        let types: Vec<_> = scaler
            .provides()
            .iter()
            .map(|t| format!("[`{t}`](scalers/{t}.md)"))
            .collect();
        let _ = writeln!(
            page,
            "| [{name}](../../scalers/catalog/{name}) | {} | {} | {} |",
            types.join(", "),
            scaler.manifest.summary.replace('|', "\\|"),
            scaler.manifest.lifecycle,
            name = scaler.name,
        );
    }
    page.push_str(
        "\n*fresh*: a new instance for each poll. *warm*: kept with its connections while the \
         budget allows ([why](adr/0002-fresh-or-warm-instances.md)).\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scaler_is_a_row() {
        let manifest = "summary = 'Lists | streams'\nprovides = ['redis', 'redis-cluster']\nlifecycle = 'warm'";
        let page = page(&[Scaler {
            name: "redis".into(),
            manifest: toml::from_str(manifest).unwrap(),
        }]);
        let row = "| [redis](../../scalers/catalog/redis) | [`redis`](scalers/redis.md), [`redis-cluster`](scalers/redis-cluster.md) | Lists \\| streams | warm |\n";
        assert!(page.contains(row), "{page}");
    }
}
