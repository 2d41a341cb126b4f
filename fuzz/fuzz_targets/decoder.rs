//! Decoder, encoder and both text forms: nothing panics, and each one's output is turned back by its inverse.

#![no_main]

use bpf_isa::text::{assemble, Syntax};
use bpf_isa::{decode, Insn, Slot};
use libfuzzer_sys::fuzz_target;

fn check(insn: Insn, bytes: &[u8]) {
    assert_eq!(insn.encode().expect("what decodes, encodes").as_bytes(), bytes);
    for syntax in [Syntax::Suite, Syntax::Llvm] {
        let text = insn.display(syntax).to_string();
        assert_eq!(assemble(&text, syntax), Ok(vec![insn]), "{text}");
    }
}

fuzz_target!(|data: &[u8]| {
    // Try every slot, because a bad instruction does not say where the next one is.
    for at in 0..data.len() / Slot::BYTES {
        if let Ok(insn) = decode(data, Slot(at as u32)) {
            check(insn, &data[at * Slot::BYTES..][..insn.slots() as usize * Slot::BYTES]);
        }
    }
    let _ = bpf_isa::instructions(data).last();
    if let Ok(source) = std::str::from_utf8(data) {
        for syntax in [Syntax::Suite, Syntax::Llvm] {
            for insn in assemble(source, syntax).unwrap_or_default() {
                let encoded = insn.encode().expect("what assembles, encodes");
                assert_eq!(decode(encoded.as_bytes(), Slot(0)), Ok(insn));
                check(insn, encoded.as_bytes());
            }
        }
    }
});
