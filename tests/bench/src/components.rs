//! Size of each component, and how long it takes to compile and to read back.

use std::path::Path;

use anyhow::Result;
use runtime_host::{AotCache, Catalog, CatalogConfig};
use runtime_types::Trigger;

use crate::cpu;
use crate::report::Report;

pub(crate) fn measure(scalers: &Path, report: &mut Report) -> Result<()> {
    let entries = Catalog::open(CatalogConfig::new(vec![scalers.to_path_buf()]))?.entries();
    let runtime = tokio::runtime::Runtime::new()?;
    for entry in entries {
        let name = &entry.description.name;
        let folder = tempfile::tempdir()?;
        let trigger = Trigger {
            trigger_type: entry.description.types[0].name.clone(),
            ..Trigger::default()
        };
        let load = || -> Result<cpu::Spent> {
            let catalog = Catalog::open(CatalogConfig {
                cache: Some(AotCache::open(folder.path().join("aot"))?),
                ..CatalogConfig::new(vec![scalers.to_path_buf()])
            })?;
            // Its parameters are missing, which it can only say once it runs.
            let (_, spent) = cpu::measure(|| runtime.block_on(catalog.check(&trigger)));
            Ok(spent)
        };
        let (compiled, again) = (load()?, load()?);
        let bytes = std::fs::metadata(&entry.path)?.len();
        #[allow(clippy::cast_precision_loss)] // Components have megabytes.
        report.add(format!("{name}: component"), bytes as f64 / 1024.0, "KiB");
        report.add(
            format!("{name}: compile and check"),
            compiled.wall.as_secs_f64() * 1e3,
            "ms",
        );
        report.add(
            format!("{name}: from the cache, and check"),
            again.wall.as_secs_f64() * 1e3,
            "ms",
        );
    }
    Ok(())
}
