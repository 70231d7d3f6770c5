//! All of `tests-data/tlog-vectors.json`, byte for byte.

use super::model::{FullNodes, entry};
use super::{ORIGIN, log_signer};
use crate::tlog::bundle::{parse_bundle, write_bundle};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::{KeyName, Signed, SignerKey, VerifierKey};
use crate::tlog::note::Note;
use crate::tlog::proof::{
    TreeHead, consistency_proof, inclusion_proof, root_at, verify_consistency, verify_inclusion,
};
use crate::tlog::proof_file::ProofFile;
use crate::tlog::tile::{Tile, TileKind, hash_tiles};
use crate::tlog::witness::AddCheckpointRequest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../tests-data/tlog-vectors.json")).unwrap());

fn text(name: &str) -> &'static str {
    VECTORS[name].as_str().unwrap()
}

fn key(name: &str) -> VerifierKey {
    text(name).parse().unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(|hash| Hash::from_hex(hash.as_str().unwrap()).unwrap()).collect()
}

fn roots() -> BTreeMap<u64, Hash> {
    let roots = VECTORS["roots"].as_object().unwrap().iter();
    roots
        .map(|(size, root)| (size.parse().unwrap(), Hash::from_hex(root.as_str().unwrap()).unwrap()))
        .collect()
}

fn head(size: u64) -> TreeHead {
    TreeHead { size, root: roots()[&size] }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn paths(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect()
}

#[test]
fn roots_of_the_ct_leaves() {
    let expected = hashes(&VECTORS["ct_roots_hex"]);
    let mut range = CompactRange::new();
    let mut found = vec![range.root()];
    for leaf in VECTORS["ct_leaves_hex"].as_array().unwrap() {
        range.append(leaf_hash(&hex::decode(leaf.as_str().unwrap()).unwrap()));
        found.push(range.root());
    }
    assert_eq!(found, expected);
}

#[test]
fn roots_and_proofs() {
    let tree = FullNodes::new(1000);
    assert_eq!(roots().len(), 17);
    for (size, root) in roots() {
        assert_eq!(root_at(&tree, size), Ok(root), "size {size}");
    }
    let inclusion = VECTORS["inclusion"].as_array().unwrap();
    assert_eq!(inclusion.len(), 45);
    for case in inclusion {
        let (index, size) = (case["index"].as_u64().unwrap(), case["size"].as_u64().unwrap());
        let proof = hashes(&case["proof"]);
        assert_eq!(inclusion_proof(&tree, index, size), Ok(proof.clone()), "{index} of {size}");
        let leaf = leaf_hash(&entry(index));
        assert_eq!(verify_inclusion(&leaf, index, &proof, &head(size)), Ok(()), "{index} of {size}");
    }
    let consistency = VECTORS["consistency"].as_array().unwrap();
    assert_eq!(consistency.len(), 136);
    for case in consistency {
        let (old, new) = (case["from"].as_u64().unwrap(), case["to"].as_u64().unwrap());
        let proof = hashes(&case["proof"]);
        assert_eq!(consistency_proof(&tree, old, new), Ok(proof.clone()), "{old} to {new}");
        assert_eq!(verify_consistency(&head(old), &head(new), &proof), Ok(()), "{old} to {new}");
    }
}

#[test]
fn tile_paths_and_counts() {
    for (index, path) in VECTORS["paths"].as_object().unwrap() {
        let tile = Tile::new(TileKind::Hashes(0), index.parse().unwrap(), 256).unwrap();
        assert_eq!(tile.to_string(), format!("tile/0/{}", path.as_str().unwrap()));
    }
    let of_256: Vec<_> = hash_tiles(256).map(|tile| tile.to_string()).collect();
    assert_eq!(of_256, paths(&VECTORS["tiles_256"]));

    let expected = &VECTORS["tiles_70000"];
    let (partial, full): (Vec<_>, Vec<_>) = hash_tiles(70_000).partition(Tile::is_partial);
    assert_eq!((partial.len() + full.len()) as u64, expected["count"].as_u64().unwrap());
    let partial: Vec<_> = partial.iter().map(ToString::to_string).collect();
    assert_eq!(partial, paths(&expected["partials"]));
    for (level, count) in (0..).zip(expected["full_per_level"].as_array().unwrap()) {
        let of_level = full.iter().filter(|tile| tile.kind() == TileKind::Hashes(level));
        assert_eq!(of_level.count() as u64, count.as_u64().unwrap(), "level {level}");
    }
}

#[test]
fn tile_and_bundle_bytes() {
    let entries: Vec<_> = (0..256).map(entry).collect();
    assert_eq!(hex::encode(write_bundle(&entries[..3]).unwrap()), text("bundle_first3_hex"));
    let bundle = write_bundle(&entries).unwrap();
    assert_eq!(sha256(&bundle), text("bundle_000_sha256"));
    assert_eq!(parse_bundle(&bundle, 256).unwrap(), entries);
    let tile = Tile::new(TileKind::Hashes(0), 0, 256).unwrap();
    let bytes = tile.read_hashes(&FullNodes::new(256)).unwrap().unwrap();
    assert_eq!(sha256(&bytes), text("tile_0_000_sha256"));
}

#[test]
fn keys_and_checkpoint() {
    let seed: [u8; 32] = hex::decode(text("log_seed_hex")).unwrap().try_into().unwrap();
    let signer = SignerKey::from_seed(KeyName::new(ORIGIN).unwrap(), &seed);
    assert_eq!(signer.verifier().to_string(), text("log_vkey"));
    assert_eq!(signer.verifier(), log_signer().verifier());
    assert_eq!(key("witness_vkey").to_string(), text("witness_vkey"));
    let witness_seed: [u8; 32] = hex::decode(text("witness_seed_hex")).unwrap().try_into().unwrap();
    assert_eq!(witness_seed, [2; 32]);

    let checkpoint = Checkpoint::new(ORIGIN, head(1000)).unwrap();
    assert_eq!(checkpoint.sign(&signer).unwrap().to_string(), text("checkpoint"));
    let opened = Checkpoint::open(text("checkpoint").as_bytes(), &[key("log_vkey")], ORIGIN).unwrap();
    assert_eq!(opened.checkpoint, checkpoint);
    assert_eq!(text("cosigned_message"), format!("cosignature/v1\ntime 1700000000\n{checkpoint}"));
}

#[test]
fn cosigned_checkpoint() {
    let cosigned = text("checkpoint_cosigned");
    let keys = [key("witness_vkey"), key("log_vkey")];
    let opened = Checkpoint::open(cosigned.as_bytes(), &keys, ORIGIN).unwrap();
    let signed: Vec<_> = opened.signatures.iter().map(|signature| signature.signed).collect();
    assert_eq!(signed, [Signed::Text, Signed::TextAt { timestamp_seconds: 1_700_000_000 }]);
    assert_eq!(Note::parse(cosigned.as_bytes()).unwrap().to_string(), cosigned);
    // A witness's word does not replace the log's.
    let witness_only = Checkpoint::open(cosigned.as_bytes(), &keys[..1], ORIGIN);
    assert_eq!(witness_only, Err(crate::tlog::checkpoint::CheckpointError::NoLogSignature));
}

#[test]
fn receipt() {
    let receipt = ProofFile::parse(text("tlog_proof").as_bytes()).unwrap();
    assert_eq!(receipt.to_string(), text("tlog_proof"));
    let opened = receipt.verify(&entry(receipt.index), &[key("log_vkey")], ORIGIN).unwrap();
    assert_eq!(opened.checkpoint.head(), head(1000));
    assert!(receipt.verify(&entry(receipt.index + 1), &[key("log_vkey")], ORIGIN).is_err());
}

#[test]
fn add_checkpoint_request() {
    let request = AddCheckpointRequest::parse(text("add_checkpoint_request").as_bytes()).unwrap();
    assert_eq!(request.to_string(), text("add_checkpoint_request"));
    let tree = FullNodes::new(1000);
    assert_eq!(consistency_proof(&tree, request.old_size, 1000), Ok(request.proof.clone()));
    let new =
        Checkpoint::open_note(&request.checkpoint, &[key("log_vkey")], ORIGIN).unwrap().checkpoint.head();
    assert_eq!(verify_consistency(&tree.head(request.old_size), &new, &request.proof), Ok(()));
}
