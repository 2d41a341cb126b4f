//! Compressed images: nothing panics, nothing grows beyond the declared size, another DEFLATE decoder gives
//! the same result, and compressed data can be restored.

#![no_main]

use bpf_vm::Program;
use contract_abi::image::compressed::{decompress, is_compressed, payload, to_bytes, MAX_IMAGE};
use contract_abi::image::{Image, ImageError, Outline, StreamFault, EM_BPF, HEAD_LEN};
use inkbpf_fuzz::Plan;
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use miniz_oxide::inflate::decompress_slice_iter_to_slice;

/// Longest output on which the decoders are compared, in bytes.
const OUTPUT: usize = 64 * 1024;

fn check(file: &[u8]) {
    let outline = Outline::of(&file[..HEAD_LEN.min(file.len())]);
    match decompress(file) {
        Ok(raw) if is_compressed(file) => {
            assert!(raw.len() <= MAX_IMAGE as usize);
            let outline = outline.expect("the numbers were read");
            assert_eq!((outline.compressed, outline.raw_len as usize), (true, raw.len()));
            assert!(!is_compressed(&raw));
            if let Ok(image) = Image::parse(&raw) {
                assert_eq!(image.writable_size(), outline.writable);
                assert_eq!(image.to_bytes().as_deref(), Ok(&raw[..]));
                Program::from_image(file).expect("it has parsed");
            } else {
                assert!(Program::from_image(file).is_err());
            }
        }
        Ok(raw) => assert_eq!(&raw[..], file),
        Err(_) => assert!(Program::from_image(file).is_err()),
    }
}

/// A file that says that `stream` expands to `len` bytes of read-only data.
fn file_of(stream: &[u8], len: usize) -> Vec<u8> {
    // Version 2; stack, heap and text of nothing; the length; data, bss and tables of nothing.
    let mut desc = vec![2, 0, 0, 0];
    let mut rest = len;
    while rest >= 0x80 {
        desc.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    desc.extend([rest as u8, 0, 0, 0]);
    desc.extend_from_slice(stream);
    let padded = (20 + desc.len()).next_multiple_of(4);
    let mut file = vec![0; 120];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &[0x7f, b'E', b'L', b'F', 2, 1, 1]);
    for (at, value) in
        [(16, 2), (18, EM_BPF), (20, 1), (32, 64), (52, 64), (54, 56), (56, 1), (64, 4), (68, 4)]
    {
        put(at, &value.to_le_bytes());
    }
    for (at, value) in [(72, 120), (96, padded as u64), (104, padded as u64), (112, 4)] {
        put(at, &value.to_le_bytes());
    }
    for word in [7, desc.len() as u32, 2] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"inkbpf\0\0");
    file.extend(desc);
    file.resize(120 + padded, 0);
    file
}

/// Runs both decoders on the same stream.
fn compare(stream: &[u8]) {
    let mut theirs = vec![0; OUTPUT];
    let len = decompress_slice_iter_to_slice(&mut theirs, [stream].into_iter(), false, true);
    let file = file_of(stream, len.unwrap_or(1000));
    check(&file);
    match (decompress(&file), len) {
        // Read-only data is padded to 8 bytes.
        (Ok(raw), Ok(len)) => assert!(raw[raw.len() - len.next_multiple_of(8)..][..len] == theirs[..len]),
        (Ok(_), Err(status)) => panic!("{status:?} is what the other decoder says: {stream:02x?}"),
        // Only our decoder limits the number of blocks, requires that nothing follows, and restricts which
        // codes may be incomplete (theirs accepts one of any length).
        (Err(ImageError::BadStream { fault, .. }), Ok(_)) => assert!(
            matches!(fault, StreamFault::TooManyBlocks | StreamFault::Trailing | StreamFault::BadLengths),
            "{fault}: {stream:02x?}"
        ),
        (Err(error), Ok(_)) => panic!("{error}: {stream:02x?}"),
        (Err(_), Err(_)) => {}
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    compare(data);
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(data)) else { return };
    let Ok(raw) = plan.image().to_bytes() else { return };
    let payload = payload(&raw).expect("it is an image");
    // As stored data, in one block, and damaged.
    let Ok(len) = u16::try_from(payload.len()) else { return };
    let mut stream = vec![1];
    stream.extend(len.to_le_bytes());
    stream.extend((!len).to_le_bytes());
    stream.extend(&payload);
    let mut file = to_bytes(&raw, &stream).expect("it is its stream");
    assert_eq!(decompress(&file).as_deref(), Ok(&raw[..]));
    for damage in data.chunks_exact(3).take(16) {
        let at = usize::from(u16::from_le_bytes([damage[0], damage[1]])) % file.len();
        file[at] ^= damage[2];
        check(&file);
    }
    // The real compressor takes a thousand times as long as everything else here.
    if data.len() % 256 == 1 {
        if let Some(mut file) = bpf_linker::compress(&raw).expect("it is an image") {
            assert!(file.len() < raw.len() && decompress(&file).as_deref() == Ok(&raw[..]));
            let at = usize::from(data[0]) % file.len();
            file[at] ^= 1 << (data.len() % 8);
            check(&file);
        }
    }
});
