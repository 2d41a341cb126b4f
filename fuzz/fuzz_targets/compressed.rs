//! Compressed images: nothing panics and nothing grows past what was declared; what is taken, another decoder
//! takes for the same; what is compressed comes back.

#![no_main]

use bpf_vm::Program;
use contract_abi::image::compressed::{decompress, is_compressed, payload, to_bytes, MAX_IMAGE};
use contract_abi::image::{Image, ImageError, Outline, HEAD_LEN};
use inkbpf_fuzz::Plan;
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;

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

/// The stream's bytes of a file that has one.
fn stream(file: &[u8]) -> Option<&[u8]> {
    let desc = u32::from_le_bytes(file.get(124..128)?.try_into().ok()?) as usize;
    let numbers = file.get(140..140usize.checked_add(desc)?)?;
    // Eight numbers, each of which ends with a byte below 0x80.
    let mut ends = numbers.iter().enumerate().filter(|(_, byte)| **byte < 0x80);
    numbers.get(ends.nth(7)?.0 + 1..)
}

fuzz_target!(|data: &[u8]| {
    check(data);
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(data)) else { return };
    let Ok(raw) = plan.image().to_bytes() else { return };
    let payload = payload(&raw).expect("it is an image");

    // The fuzzer's bytes as the stream of a program: mostly refused, and by the other decoder too where the rules are
    // the same.
    let written = to_bytes(&raw, data);
    let mut theirs = vec![0; payload.len()];
    let len =
        miniz_oxide::inflate::decompress_slice_iter_to_slice(&mut theirs, [data].into_iter(), false, true);
    match written {
        Ok(file) => {
            assert_eq!((len, &theirs), (Ok(payload.len()), &payload));
            check(&file);
        }
        Err(error) => assert!(matches!(error, ImageError::BadStream { .. }), "{error}"),
    }

    // A right one, and the same damaged.
    let Some(mut file) = bpf_linker::compress(&raw).expect("it is an image") else { return };
    assert!(file.len() < raw.len() && decompress(&file).as_deref() == Ok(&raw[..]));
    check(&file);
    for pair in data.chunks_exact(3).take(64) {
        let at = usize::from(u16::from_le_bytes([pair[0], pair[1]])) % file.len();
        file[at] ^= pair[2];
        check(&file);
        if let (Ok(_), Some(bytes)) = (decompress(&file), stream(&file)) {
            let mut out = vec![0; MAX_IMAGE as usize];
            let len = miniz_oxide::inflate::decompress_slice_iter_to_slice(
                &mut out,
                [bytes].into_iter(),
                false,
                true,
            );
            assert!(len.is_ok(), "{len:?}");
        }
    }
});
