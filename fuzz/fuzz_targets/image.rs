//! The image parser: nothing panics, a file that parses equals the file that its image writes, and an image
//! that parses can be passed to the verifier.

#![no_main]

use bpf_vm::{verify, Program, Rules, SyscallTable};
use contract_abi::image::Image;
use inkbpf_fuzz::{Plan, HELPERS};
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;

fn check(file: &[u8]) {
    if let Ok(image) = Image::parse(file) {
        assert_eq!(image.to_bytes().as_deref(), Ok(file));
        let program = Program::from_image(file).expect("it has parsed");
        let _ = verify(program, &Rules::contract(SyscallTable::from_iter(HELPERS)));
    } else {
        assert!(Program::from_image(file).is_err());
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    // An image that we make, and the same with some bytes changed.
    let mut u = Unstructured::new(data);
    let Ok(plan) = Plan::arbitrary(&mut u) else { return };
    let Ok(mut file) = plan.image().to_bytes() else { return };
    assert_eq!(Image::parse(&file).as_ref(), Ok(&plan.image()));
    check(&file);
    while let (Ok(index), Ok(byte)) = (u.choose_index(file.len()), u8::arbitrary(&mut u)) {
        if byte == 0 {
            break;
        }
        file[index] ^= byte;
        check(&file);
    }
    if let Ok(len) = u.choose_index(file.len()) {
        check(&file[..len]);
    }
});
