//! Hashes and signatures.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod crypto {
    use ink::{
        env::hash::{Blake2x128, Blake2x256, Keccak256, Sha2x256},
        prelude::vec::Vec,
    };

    /// Remembers nothing.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Crypto {}

    /// Why there is no key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// No key made this signature.
        NotRecovered,
        /// It is not a point on the curve.
        NotAKey,
    }

    impl Crypto {
        /// Remembers nothing.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// SHA2-256, Keccak-256, Blake2-256 and Blake2-128 of the same bytes.
        #[ink(message)]
        pub fn hashes(&self, input: Vec<u8>) -> ([u8; 32], [u8; 32], [u8; 32], [u8; 16]) {
            (
                self.env().hash_bytes::<Sha2x256>(&input),
                self.env().hash_bytes::<Keccak256>(&input),
                self.env().hash_bytes::<Blake2x256>(&input),
                self.env().hash_bytes::<Blake2x128>(&input),
            )
        }

        /// Blake2-256 of what a value of several parts encodes to.
        #[ink(message)]
        pub fn hash_encoded(&self, a: u128, b: Option<Vec<bool>>) -> [u8; 32] {
            self.env().hash_encoded::<Blake2x256, _>(&(a, b))
        }

        /// Blake2-256, known when the contract is compiled.
        #[ink(message)]
        pub fn constant(&self) -> [u8; 32] {
            ink::blake2x256!("inkbpf")
        }

        /// The Ethereum address that signed a message, by its Keccak-256.
        ///
        /// # Errors
        /// [`Error::NotRecovered`].
        #[ink(message)]
        pub fn signer(&self, signature: [u8; 65], message_hash: [u8; 32]) -> Result<[u8; 20], Error> {
            let key = self.env().ecdsa_recover(&signature, &message_hash).map_err(|_| Error::NotRecovered)?;
            self.eth_address(key)
        }

        /// The compressed key that signed a message.
        ///
        /// # Errors
        /// [`Error::NotRecovered`].
        #[ink(message)]
        pub fn recover(&self, signature: [u8; 65], message_hash: [u8; 32]) -> Result<[u8; 33], Error> {
            self.env().ecdsa_recover(&signature, &message_hash).map_err(|_| Error::NotRecovered)
        }

        /// The Ethereum address of a compressed key.
        ///
        /// # Errors
        /// [`Error::NotAKey`].
        #[ink(message)]
        pub fn eth_address(&self, key: [u8; 33]) -> Result<[u8; 20], Error> {
            self.env().ecdsa_to_eth_address(&key).map_err(|_| Error::NotAKey)
        }

        /// Whether `key` signed `message` (sr25519).
        #[ink(message)]
        pub fn verify(&self, signature: [u8; 64], message: Vec<u8>, key: [u8; 32]) -> bool {
            self.env().sr25519_verify(&signature, &message, &key).is_ok()
        }

        /// The root of the Merkle tree of some leaves (Keccak-256; the last leaf stands for one that
        /// is missing).
        #[ink(message)]
        pub fn merkle_root(&self, mut nodes: Vec<[u8; 32]>) -> Option<[u8; 32]> {
            while nodes.len() > 1 {
                nodes = nodes
                    .chunks(2)
                    .map(|pair| {
                        let (left, right) = (pair[0], *pair.last().expect("a chunk is not empty; qed"));
                        self.env().hash_bytes::<Keccak256>(&[left, right].concat())
                    })
                    .collect();
            }
            nodes.first().copied()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn hashes_of_nothing() {
            let (sha2, keccak, blake2, blake2_128) = Crypto::new().hashes(vec![]);
            assert_eq!(sha2[..4], [0xe3, 0xb0, 0xc4, 0x42]);
            assert_eq!(keccak[..4], [0xc5, 0xd2, 0x46, 0x01]);
            assert_eq!(blake2[..4], [0x0e, 0x57, 0x51, 0xc0]);
            assert_eq!(blake2_128[..4], [0xca, 0xe6, 0x69, 0x41]);
        }

        #[ink::test]
        fn constants_are_hashes() {
            let crypto = Crypto::new();
            assert_eq!(crypto.constant(), crypto.hashes(b"inkbpf".to_vec()).2);
        }

        #[ink::test]
        fn merkle_trees_grow() {
            let crypto = Crypto::new();
            let hash = |a: [u8; 32], b: [u8; 32]| crypto.hashes([a, b].concat()).1;
            let (a, b, c) = ([1; 32], [2; 32], [3; 32]);
            assert_eq!(crypto.merkle_root(vec![]), None);
            assert_eq!(crypto.merkle_root(vec![a]), Some(a));
            assert_eq!(crypto.merkle_root(vec![a, b, c]), Some(hash(hash(a, b), hash(c, c))));
        }

        #[ink::test]
        fn no_key_made_a_signature_of_zeros() {
            assert_eq!(Crypto::new().recover([0; 65], [0; 32]), Err(Error::NotRecovered));
        }
    }
}
