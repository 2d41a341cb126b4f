//! Events of contracts.

use super::*;
use crate::Event;
use codec::Compact;

/// Topics, and their encoding.
fn topics(topics: &[u8]) -> (Vec<H256>, Vec<u8>) {
    let topics: Vec<_> = topics.iter().map(|byte| H256([*byte; 32])).collect();
    let encoded = topics.encode();
    (topics, encoded)
}

fn emit(contract: &AccountId32, topics: &[u8], data_len: u32) -> CallResult {
    call(contract, [&(topics.len() as u32).encode()[..], &data_len.encode(), topics].concat())
}

#[test]
fn deposit_event_works() {
    externalities().execute_with(|| {
        let contract = place("event");
        take_events();
        for chosen in [&[][..], &[7], &[3, 3, 1, 3]] {
            let (topics, encoded) = topics(chosen);
            let encoded = if chosen.is_empty() { vec![] } else { encoded };
            output(emit(&contract, &encoded, 5));
            let record = System::events().remove(0);
            assert_eq!(record.topics, topics, "also the same one twice");
            let emitted = Event::ContractEmitted { contract: contract.clone(), data: vec![0; 5] };
            assert_eq!(record.event, emitted.into());
            take_events();
        }
    });
}

#[test]
fn deposit_event_max_topics() {
    externalities().execute_with(|| {
        let contract = place("event");
        fails(emit(&contract, &topics(&[1, 2, 3, 4, 5]).1, 0), Error::TooManyTopics);
        // A length that exceeds the bytes.
        fails(emit(&contract, &Compact(1u32).encode(), 0), Error::DecodingFailed);
        fails(emit(&contract, &Compact(u32::MAX).encode(), 0), Error::DecodingFailed);
    });
}

#[test]
fn deposit_event_max_value_limit() {
    externalities().execute_with(|| {
        let contract = place("event");
        output(emit(&contract, &[], 16 * 1024));
        fails(emit(&contract, &[], 16 * 1024 + 1), Error::ValueTooLarge);
    });
}
