//! Hashes and signatures.

use super::*;
use sp_core::{ecdsa, sr25519, Pair};
use sp_io::hashing;

fn ask(contract: &AccountId32, function: u32, input: &[u8]) -> Vec<u8> {
    output(call(contract, [&function.encode(), input].concat())).data
}

#[test]
fn crypto_hashes() {
    externalities().execute_with(|| {
        let contract = place("crypto");
        for input in [&b""[..], b"_DEAD_BEEF", &[7; 1000]] {
            assert_eq!(ask(&contract, 0, input), hashing::sha2_256(input));
            assert_eq!(ask(&contract, 1, input), hashing::keccak_256(input));
            assert_eq!(ask(&contract, 2, input), hashing::blake2_256(input));
            assert_eq!(ask(&contract, 3, input), hashing::blake2_128(input));
        }
    });
}

#[test]
fn ecdsa_works() {
    externalities().execute_with(|| {
        let contract = place("crypto");
        let pair = ecdsa::Pair::from_seed(&[5; 32]);
        let message = hashing::blake2_256(b"message");
        let signature = pair.sign_prehashed(&message);
        let key: [u8; 33] = pair.public().0;
        let recovered = ask(&contract, 4, &[&signature.0[..], &message].concat());
        assert_eq!(recovered, [&0u32.encode()[..], &key].concat());
        let nonsense = ask(&contract, 4, &[0xff; 97]);
        assert_eq!(nonsense, [&11u32.encode()[..], &[0; 33]].concat());

        use frame_support::crypto::ecdsa::ECDSAExt;
        let address = pair.public().to_eth_address().unwrap();
        assert_eq!(ask(&contract, 5, &key), [&0u32.encode()[..], &address].concat());
        assert_eq!(ask(&contract, 5, &[0; 33])[..4], 11u32.encode());
    });
}

#[test]
fn sr25519_verify() {
    externalities().execute_with(|| {
        let contract = place("crypto");
        let pair = sr25519::Pair::from_seed(&[6; 32]);
        let verify = |signed: &[u8], message: &[u8]| {
            let signature = pair.sign(signed);
            let input = [&signature.0[..], &pair.public().0, message].concat();
            ask(&contract, 6, &input)
        };
        assert_eq!(verify(b"hello", b"hello"), 0u32.encode());
        assert_eq!(verify(b"hello", b"hell0"), 12u32.encode());
        assert_eq!(verify(b"", b""), 0u32.encode());
    });
}
