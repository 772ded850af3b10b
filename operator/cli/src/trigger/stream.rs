//! `--stdin`: lines in, lines out.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::Context;
use futures::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::answer::{Answer, Polled, WrongParameter};
use super::asking::{Asker, Depth};
use super::line::{self, BadLine};

/// Larger than any object that a cluster's store takes.
const LONGEST_LINE: usize = 2 << 20;

/// Lines worked on at one time. Checks only compute; polls mostly wait.
fn most_at_once(depth: Depth) -> usize {
    match depth {
        Depth::Check => 32,
        Depth::Poll => 128,
    }
}

/// Answers each line of `input` by one of `output`, in order, until `input` ends.
///
/// # Errors
/// When a line cannot be read or written.
pub(super) async fn answer(
    asker: &Asker,
    input: impl Read + Send + 'static,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let tracker = TaskTracker::new();
    let answers = lines(input)?
        .map(|line| {
            let asker = asker.clone();
            // A task each: checks then use all cores.
            let task = tracker.spawn(async move {
                let line = line?;
                anyhow::Ok(serde_json::to_vec(&one(&asker, line).await)?)
            });
            async move { task.await.context("a line's task crashed")? }
        })
        .buffered(most_at_once(asker.depth));
    let mut answers = std::pin::pin!(answers);
    loop {
        let next = match answers.next().now_or_never() {
            Some(next) => next,
            // Who waits for an answer before the next line must see it.
            None => {
                output.flush()?;
                answers.next().await
            }
        };
        let Some(answer) = next else { break };
        output.write_all(&answer?)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(())
}

async fn one(asker: &Asker, line: Line) -> Answer {
    let read = match line {
        Line::Whole(line) => line::read(&line),
        Line::TooLong => Err(BadLine {
            id: serde_json::Value::Null,
            field: String::new(),
            message: format!("the line is longer than {LONGEST_LINE} bytes"),
        }),
    };
    match read {
        Ok((id, request)) => Answer {
            id: Some(id),
            ..asker.ask(request).await
        },
        Err(bad) => Answer {
            id: Some(bad.id),
            errors: vec![WrongParameter::new(bad.field, bad.message)],
            polled: (asker.depth == Depth::Poll).then(Polled::default),
            ..Answer::default()
        },
    }
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// Reads on a thread of its own, which nobody has to wait for: a read from a terminal cannot be
/// cut short.
fn lines(
    input: impl Read + Send + 'static,
) -> anyhow::Result<impl Stream<Item = std::io::Result<Line>>> {
    let (to, from) = mpsc::channel(64);
    std::thread::Builder::new()
        .name("lines".into())
        .spawn(move || {
            let mut input = BufReader::with_capacity(64 << 10, input);
            while let Some(line) = next_line(&mut input).transpose() {
                let failed = line.is_err();
                // Nobody listens any more, or there is no more to hear.
                if to.blocking_send(line).is_err() || failed {
                    break;
                }
            }
        })
        .context("a thread for reading cannot be started")?;
    Ok(stream::unfold(from, |mut from| async {
        Some((from.recv().await?, from))
    }))
}

fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Line>> {
    let mut line = Vec::new();
    let most = LONGEST_LINE as u64 + 1;
    if input.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LONGEST_LINE {
        skip_line(input)?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(Line::Whole(line)))
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (length, end) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(length);
        if end {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut input = text;
        std::iter::from_fn(|| next_line(&mut input).unwrap())
            .map(|line| match line {
                Line::Whole(line) => Some(line),
                Line::TooLong => None,
            })
            .collect()
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let lines = read(b"a\n\nb");
        assert_eq!(lines, ["a", "", "b"].map(|l| Some(l.as_bytes().to_vec())));
    }

    #[test]
    fn a_line_that_is_too_long_does_not_hide_the_next() {
        let mut text = vec![b'x'; 3 * LONGEST_LINE];
        text.extend(b"\nnext\n");
        assert_eq!(read(&text), [None, Some(b"next".to_vec())]);
        let mut longest = vec![b'x'; LONGEST_LINE];
        longest.push(b'\n');
        assert_eq!(read(&longest), [Some(vec![b'x'; LONGEST_LINE])]);
    }
}
