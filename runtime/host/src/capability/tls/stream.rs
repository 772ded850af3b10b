use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn};

/// A component's pair of streams as one that tokio can read and write. Dropping it ends both.
pub(super) fn join(mut input: DynInputStream, mut output: DynOutputStream) -> Joined {
    const PIECE: usize = 16 << 10;
    let (ours, theirs) = tokio::io::duplex(4 * PIECE);
    let (mut from_tls, mut to_tls) = tokio::io::split(theirs);
    let reading = spawn(async move {
        // An error and the end look alike to the handshake: nothing more comes.
        while let Ok(piece) = input.blocking_read(PIECE).await {
            if to_tls.write_all(&piece).await.is_err() {
                break;
            }
        }
        let _ = to_tls.shutdown().await;
    });
    let writing = spawn(async move {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = from_tls.read(&mut piece).await {
            if write_all(&mut output, Bytes::copy_from_slice(&piece[..length]))
                .await
                .is_err()
            {
                break;
            }
        }
    });
    Joined {
        stream: ours,
        _tasks: [reading, writing],
    }
}

async fn write_all(
    output: &mut DynOutputStream,
    mut bytes: Bytes,
) -> Result<(), wasmtime_wasi::p2::StreamError> {
    while !bytes.is_empty() {
        let permitted = output.write_ready().await?;
        let piece = bytes.split_to(permitted.min(bytes.len()));
        output.write(piece)?;
    }
    output.flush()
}

/// See [`join`].
pub(super) struct Joined {
    stream: DuplexStream,
    _tasks: [AbortOnDropJoinHandle<()>; 2],
}

impl tokio::io::AsyncRead for Joined {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl tokio::io::AsyncWrite for Joined {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::pin::Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
