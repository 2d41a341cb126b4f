// The cases as a program: from standard input come requests (case, length, bytes), to standard output go
// replies (1 and the output's length and bytes, or 0 for a panic). Without requests it prints the names.

use std::io::{Read, Write};
use std::panic::catch_unwind;

fn main() {
    let mut requests = Vec::new();
    std::io::stdin().read_to_end(&mut requests).expect("standard input can be read");
    let mut replies = Vec::new();
    if requests.is_empty() {
        for (name, _) in GROUPS.iter().flat_map(|g| g.iter()) {
            println!("{name}");
        }
        return;
    }
    std::panic::set_hook(Box::new(|_| {}));
    let mut at = requests.as_slice();
    let number = |at: &mut &[u8]| {
        let (bytes, rest) = at.split_at(4);
        *at = rest;
        u32::from_le_bytes(bytes.try_into().expect("four bytes")) as usize
    };
    while !at.is_empty() {
        let (index, len) = (number(&mut at), number(&mut at));
        let (bytes, rest) = at.split_at(len);
        at = rest;
        let result = catch_unwind(|| {
            let mut out = Out::default();
            let (_, run) = case(index).expect("the case exists");
            run(&mut In::new(bytes), &mut out);
            out.0
        });
        match result {
            Ok(output) => {
                replies.push(1);
                replies.extend_from_slice(&(output.len() as u32).to_le_bytes());
                replies.extend_from_slice(&output);
            }
            Err(_) => replies.push(0),
        }
    }
    std::io::stdout().write_all(&replies).expect("standard output can be written");
}
