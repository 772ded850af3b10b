use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use operator_standalone::run::Standalone;
use rustix::termios::tcgetwinsize;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::screen::Output;
use crate::text;
use crate::view::World;

/// Fast enough to look alive, slow enough to read.
const REDRAW: Duration = Duration::from_millis(250);

/// Redraws the table at the bottom of the terminal until `stop`; what replicas print scrolls above.
pub(super) async fn show(standalone: Arc<Standalone>, mut output: Output, stop: CancellationToken) {
    let mut ticks = interval(REDRAW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = 0;
    loop {
        let last = tokio::select! {
            _ = ticks.tick() => false,
            () = stop.cancelled() => true,
        };
        let mut above = Vec::new();
        while let Ok(line) = output.lines.try_recv() {
            above.push(line);
        }
        let lost = output.take_lost();
        if lost > 0 {
            above.push(format!("({lost} lines of output were not shown)"));
        }
        let lines = lines(&World::from(standalone.view()));
        // A terminal that is gone is told by the shell's SIGHUP, not by us.
        let _ = draw(&mut std::io::stdout().lock(), &above, &lines, drawn);
        drawn = lines.len();
        if last {
            return;
        }
    }
}

fn lines(world: &World) -> Vec<String> {
    let (width, height) = size();
    let rows: Vec<_> = world.objects.iter().flat_map(text::rows).collect();
    let mut lines = match rows.is_empty() {
        true => vec!["no objects yet".to_string()],
        false => text::table(&text::COLUMNS, &rows, width),
    };
    for process in &world.processes {
        let mut line = format!("{}: {} running", process.name, process.ready);
        if process.ending > 0 {
            line.push_str(&format!(", {} ending", process.ending));
        }
        if let Some(error) = &process.last_error {
            line.push_str(&format!(", last error: {error}"));
        }
        lines.push(text::cut(&line, width));
    }
    let findings = world.findings.iter();
    lines.extend(findings.map(|finding| text::cut(&format!("! {finding}"), width)));
    // The cursor cannot go up beyond the screen.
    let most = height.saturating_sub(2).max(1);
    if lines.len() > most {
        let hidden = lines.len() - most + 1;
        lines.truncate(most - 1);
        lines.push(format!("... and {hidden} lines more"));
    }
    lines
}

fn draw(
    to: &mut impl Write,
    above: &[String],
    lines: &[String],
    drawn: usize,
) -> std::io::Result<()> {
    let mut frame = String::new();
    if drawn > 0 {
        // Up to the table's first line, and everything from there on is cleared.
        frame.push_str(&format!("\x1b[{drawn}A"));
    }
    frame.push_str("\r\x1b[J");
    for line in above.iter().chain(lines) {
        frame.push_str(line);
        frame.push('\n');
    }
    to.write_all(frame.as_bytes())?;
    to.flush()
}

/// Columns and lines of the terminal; where there is none, those of a typical one.
fn size() -> (usize, usize) {
    match tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_col > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (120, 40),
    }
}
