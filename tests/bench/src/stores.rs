//! What a fresh instance costs: made, called once, dropped.

use std::path::Path;

use anyhow::Result;
use runtime_host::{Catalog, CatalogConfig};
use runtime_types::Trigger;

use crate::cpu;
use crate::report::Report;

const ROUNDS: usize = 21;
const CHECKS: u32 = 500;

pub(crate) fn measure(scalers: &Path, report: &mut Report) -> Result<()> {
    let catalog = Catalog::open(CatalogConfig::new(vec![scalers.to_path_buf()]))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let trigger = Trigger {
        trigger_type: "spool".into(),
        metadata: [("directory".to_string(), "/var/spool".to_string())].into(),
        ..Trigger::default()
    };
    runtime.block_on(catalog.check(&trigger))?;
    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let (_, spent) = cpu::measure(|| {
            runtime.block_on(async {
                for _ in 0..CHECKS {
                    let checked = catalog.check(&trigger).await;
                    debug_assert!(checked.is_ok());
                }
            });
        });
        each.push(spent.wall.as_secs_f64() * 1e6 / f64::from(CHECKS));
    }
    let what = "fresh instance of spool: made, check called, dropped";
    report.add_below(what, cpu::median(each), "us", 60.0);
    Ok(())
}
