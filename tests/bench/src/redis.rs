//! A warm poll of Redis: through the component, and by the same crate called directly.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use runtime_host::{Catalog, CatalogConfig};
use runtime_types::{Outcome, Trigger};
use scaler_testkit::{Native, Setting, Subject};
use tests_servers::Redis;

use crate::cpu::{self, Spent};
use crate::report::Report;

const ROUNDS: usize = 21;
const POLLS: u32 = 500;

pub(crate) fn measure(scalers: &Path, report: &mut Report) -> Result<()> {
    let Some(server) = Redis::start(&[]) else {
        return Ok(());
    };
    server.run(&["RPUSH", "orders", "a", "b", "c"]);
    let trigger = Arc::new(Trigger {
        trigger_type: "redis".into(),
        metadata: [
            ("address".to_string(), server.address()),
            ("listName".to_string(), "orders".to_string()),
        ]
        .into(),
        ..Trigger::default()
    });
    let catalog = Catalog::open(CatalogConfig::new(vec![scalers.to_path_buf()]))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut component = catalog.open_trigger(trigger.clone());
    let mut through_component = || -> Spent {
        let ((), spent) = cpu::measure(|| {
            runtime.block_on(async {
                for _ in 0..POLLS {
                    must_be_a_reading(&component.poll().await);
                }
            });
        });
        spent
    };
    let mut native = Native::<scaler_redis::Component>::new();
    native.begin(&Setting::default());
    let mut directly = || -> Spent {
        let ((), spent) = cpu::measure(|| {
            for _ in 0..POLLS {
                must_be_a_reading(&native.poll(&trigger));
            }
        });
        spent
    };
    // Compiling and connecting are not counted.
    through_component();
    directly();
    let (mut walls, mut cpus, mut wall_ratios, mut cpu_ratios) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (sandboxed, bare) = (through_component(), directly());
        walls.push(sandboxed.wall.as_secs_f64() * 1e6 / f64::from(POLLS));
        cpus.push(sandboxed.cpu.as_secs_f64() * 1e6 / f64::from(POLLS));
        wall_ratios.push(sandboxed.wall.as_secs_f64() / bare.wall.as_secs_f64());
        cpu_ratios.push(sandboxed.cpu.as_secs_f64() / bare.cpu.as_secs_f64());
    }
    report.add("warm poll of redis: time", cpu::median(walls), "us");
    report.add("warm poll of redis: CPU time", cpu::median(cpus), "us");
    let time = "warm poll of redis: time, component / native";
    report.add_below(time, cpu::median(wall_ratios), "x", 1.15);
    let cpu_time = "warm poll of redis: CPU time, component / native";
    report.add_below(cpu_time, cpu::median(cpu_ratios), "x", 1.5);
    Ok(())
}

/// Measuring failures would be measuring something else.
fn must_be_a_reading(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Reading(_)), "{outcome:?}");
}
