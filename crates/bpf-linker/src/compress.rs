//! The compressed form of an image.
//!
//! [`contract_abi::image::compressed`] defines it. zopfli makes the stream. It spends more time than other
//! compressors to find the shortest DEFLATE stream: a program is compressed once, but every byte of it is
//! paid for from then on. Without its `std` feature the crate computes logarithms in Rust, so that the same
//! program gives the same bytes on every machine.

use crate::error::LinkError;
use contract_abi::image::compressed::{self, max_blocks, MAX_IMAGE};
use std::num::NonZeroU64;
use zopfli::{BlockType, DeflateEncoder, Options, Write};

/// How many passes zopfli makes over a block.
const ITERATIONS: NonZeroU64 = NonZeroU64::new(15).expect("it is not 0; qed");

/// The compressed form of a raw image, or nothing if the compressed form would not be shorter.
///
/// # Errors
/// [`LinkError::Image`], if `raw` is not a raw image.
pub fn compress(raw: &[u8]) -> Result<Option<Vec<u8>>, LinkError> {
    let payload = compressed::payload(raw)?;
    if raw.len() > MAX_IMAGE as usize {
        return Ok(None);
    }
    let options = Options {
        iteration_count: ITERATIONS,
        // There is one more block than there are split points.
        maximum_block_splits: (max_blocks(payload.len()) - 1).min(15) as u16,
        ..Options::default()
    };
    let mut encoder = DeflateEncoder::new(options, BlockType::Dynamic, Vec::new());
    let stream = encoder.write_all(&payload).and_then(|()| encoder.finish());
    let stream = stream.expect("writing to memory cannot fail; qed");
    let file = compressed::to_bytes(raw, &stream)?;
    Ok(Some(file).filter(|file| file.len() < raw.len()))
}
