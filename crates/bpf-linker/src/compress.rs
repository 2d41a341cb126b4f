//! The compressed form of an image.
//!
//! [`contract_abi::image::compressed`] says what it is. The stream is made by zopfli, which looks for the shortest
//! DEFLATE stream for longer than others: a program is compressed once and paid for by the byte from then on.
//! Without its `std` feature the crate computes logarithms in Rust, so that the same program has the same bytes
//! on every machine.

use crate::error::LinkError;
use contract_abi::image::compressed::{self, max_blocks, MAX_IMAGE};
use std::num::NonZeroU64;
use zopfli::{BlockType, DeflateEncoder, Options, Write};

/// How often zopfli goes over a block.
const ITERATIONS: NonZeroU64 = NonZeroU64::new(15).expect("it is not 0; qed");

/// The compressed form of a raw image, or nothing where there is none that is shorter.
///
/// # Errors
/// [`LinkError::Image`], when `raw` is no raw image.
pub fn compress(raw: &[u8]) -> Result<Option<Vec<u8>>, LinkError> {
    let payload = compressed::payload(raw)?;
    if raw.len() > MAX_IMAGE as usize {
        return Ok(None);
    }
    let options = Options {
        iteration_count: ITERATIONS,
        // One more block lies behind the last place where one is split.
        maximum_block_splits: (max_blocks(payload.len()) - 1).min(15) as u16,
        ..Options::default()
    };
    let mut encoder = DeflateEncoder::new(options, BlockType::Dynamic, Vec::new());
    let stream = encoder.write_all(&payload).and_then(|()| encoder.finish());
    let stream = stream.expect("writing to memory cannot fail; qed");
    let file = compressed::to_bytes(raw, &stream)?;
    Ok(Some(file).filter(|file| file.len() < raw.len()))
}
