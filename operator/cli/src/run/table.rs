use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use operator_standalone::run::Standalone;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::screen::Output;
use crate::text;
use crate::view::{ProcessView, World};

/// Fast enough to look alive, slow enough to read.
const REDRAW: Duration = Duration::from_millis(250);

/// Columns and lines, where the output is no terminal.
const TYPICAL: (usize, usize) = (120, 40);

/// Redraws the table at the bottom of the terminal until `stop`; what replicas print, and log lines,
/// scroll above.
pub(super) async fn show(standalone: Arc<Standalone>, mut output: Output, stop: CancellationToken) {
    let mut ticks = interval(REDRAW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut shown = (TYPICAL, Vec::new());
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
        let size = text::terminal_size().unwrap_or(TYPICAL);
        let lines = lines(&World::from(standalone.view()), size);
        let frame = (size, lines);
        if !above.is_empty() || frame != shown {
            let rows = rows(&shown.1, size.0);
            // A terminal that is gone is told by the shell's SIGHUP, not by us.
            let _ = draw(&mut std::io::stdout().lock(), &above, &frame.1, rows);
            shown = frame;
        }
        if last {
            return;
        }
    }
}

fn lines(world: &World, (width, height): (usize, usize)) -> Vec<String> {
    let mut lines = match world.objects.is_empty() {
        true => vec!["no objects yet".to_string()],
        false => text::objects(&world.objects, width),
    };
    let processes = world.processes.iter().map(process);
    let remarks = world.remarks().into_iter().map(|text| format!("! {text}"));
    lines.extend(processes.chain(remarks).map(|line| text::cut(&line, width)));
    // The cursor cannot go up beyond the screen.
    let most = height.saturating_sub(2).max(1);
    if lines.len() > most {
        let hidden = lines.len() - most + 1;
        lines.truncate(most - 1);
        lines.push(text::cut(&format!("... and {hidden} lines more"), width));
    }
    lines
}

fn process(process: &ProcessView) -> String {
    let mut line = format!("{}: {} running", process.name, process.ready);
    if process.ending > 0 {
        line.push_str(&format!(", {} ending", process.ending));
    }
    if let Some(error) = &process.last_error {
        line.push_str(&format!(", last error: {error}"));
    }
    line
}

/// Rows that lines take now: those drawn when the terminal was wider have been wrapped.
fn rows(lines: &[String], width: usize) -> usize {
    let rows = |line: &String| line.chars().count().div_ceil(width.max(1)).max(1);
    lines.iter().map(rows).sum()
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
    for line in above {
        frame.push_str(line);
        // A colour that a replica left on would go on in the table.
        frame.push_str("\x1b[m\n");
    }
    // Characters that are wider than one column must not wrap.
    frame.push_str("\x1b[?7l");
    for line in lines {
        frame.push_str(line);
        frame.push('\n');
    }
    frame.push_str("\x1b[?7h");
    to.write_all(frame.as_bytes())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_became_narrow_has_wrapped_what_was_drawn() {
        let lines = ["x".repeat(100), String::new(), "x".repeat(80)];
        assert_eq!(rows(&lines, 100), 3);
        assert_eq!(rows(&lines, 80), 4);
        assert_eq!(rows(&lines, 0), 181);
    }

    #[test]
    fn a_low_terminal_shows_how_much_is_hidden() {
        let world = World {
            version: String::new(),
            objects: vec![],
            processes: vec![],
            findings: (0..9).map(|n| n.to_string()).collect(),
        };
        let lines = lines(&world, (16, 5));
        assert_eq!(lines, ["no objects yet", "! 0", "... and 8 lines…"]);
    }
}
