//! Hashes and signatures.

use super::{code, Guest, Served};
use crate::{exec::Ext, price::Price};
use pallet_contracts_uapi::ReturnErrorCode;
use polkadot_sdk::*;
use sp_io::hashing::{blake2_128, blake2_256, keccak_256, sha2_256};

impl<E: Ext> Guest<'_, E> {
    fn hash<const N: usize>(
        &mut self,
        price: fn(u32) -> Price,
        hash: fn(&[u8]) -> [u8; N],
        input_ptr: u32,
        input_len: u32,
        output_ptr: u32,
    ) -> Served {
        let _ = self.charge(price(input_len))?;
        let input = self.read(input_ptr, input_len)?;
        self.write(output_ptr, &hash(&input))?;
        Ok(0)
    }

    pub(super) fn hash_sha2_256(&mut self, input_ptr: u32, input_len: u32, output_ptr: u32) -> Served {
        self.hash(Price::HashSha2256, sha2_256, input_ptr, input_len, output_ptr)
    }

    pub(super) fn hash_keccak_256(&mut self, input_ptr: u32, input_len: u32, output_ptr: u32) -> Served {
        self.hash(Price::HashKeccak256, keccak_256, input_ptr, input_len, output_ptr)
    }

    pub(super) fn hash_blake2_256(&mut self, input_ptr: u32, input_len: u32, output_ptr: u32) -> Served {
        self.hash(Price::HashBlake2256, blake2_256, input_ptr, input_len, output_ptr)
    }

    pub(super) fn hash_blake2_128(&mut self, input_ptr: u32, input_len: u32, output_ptr: u32) -> Served {
        self.hash(Price::HashBlake2128, blake2_128, input_ptr, input_len, output_ptr)
    }

    pub(super) fn ecdsa_recover(
        &mut self,
        signature_ptr: u32,
        message_hash_ptr: u32,
        output_ptr: u32,
    ) -> Served {
        let _ = self.charge(Price::EcdsaRecover)?;
        let signature = self.read_array(signature_ptr)?;
        let message_hash = self.read_array(message_hash_ptr)?;
        match self.ext.ecdsa_recover(&signature, &message_hash) {
            Some(public_key) => {
                self.write(output_ptr, &public_key)?;
                code(ReturnErrorCode::Success)
            }
            None => code(ReturnErrorCode::EcdsaRecoveryFailed),
        }
    }

    pub(super) fn ecdsa_to_eth_address(&mut self, key_ptr: u32, out_ptr: u32) -> Served {
        let _ = self.charge(Price::EcdsaToEthAddress)?;
        let public_key = self.read_array(key_ptr)?;
        match self.ext.ecdsa_to_eth_address(&public_key) {
            Some(address) => {
                self.write(out_ptr, &address)?;
                code(ReturnErrorCode::Success)
            }
            None => code(ReturnErrorCode::EcdsaRecoveryFailed),
        }
    }

    pub(super) fn sr25519_verify(
        &mut self,
        signature_ptr: u32,
        pub_key_ptr: u32,
        message_len: u32,
        message_ptr: u32,
    ) -> Served {
        let _ = self.charge(Price::Sr25519Verify(message_len))?;
        let signature = self.read_array(signature_ptr)?;
        let public_key = self.read_array(pub_key_ptr)?;
        let message = self.read(message_ptr, message_len)?;
        if self.ext.sr25519_verify(&signature, &message, &public_key) {
            code(ReturnErrorCode::Success)
        } else {
            code(ReturnErrorCode::Sr25519VerifyFailed)
        }
    }
}
