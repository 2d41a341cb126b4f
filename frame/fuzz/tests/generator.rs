//! The outcomes of histories made of noise: if all programs stopped at their first instruction, nothing would be
//! searched.

use inkbpf_pallet_fuzz::{run, Outcome};

#[test]
fn histories_reach_what_they_are_for() {
    let mut state = 1u64;
    let mut total = Outcome::default();
    for _ in 0..60 {
        let bytes: Vec<u8> = (0..1500)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 56) as u8
            })
            .collect();
        let outcome = run(&bytes);
        // The same bytes are the same history.
        assert_eq!(run(&bytes), outcome);
        total.steps += outcome.steps;
        total.well += outcome.well;
        total.events += outcome.events;
    }
    println!("{total:?}");
    assert!(total.steps > 120, "{total:?}");
    // Some end well and some do not, and what they did is seen.
    assert!(total.well > total.steps / 5 && total.well < total.steps, "{total:?}");
    assert!(total.events > total.steps / 2, "{total:?}");
}
