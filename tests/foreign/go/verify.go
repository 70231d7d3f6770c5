// Command verify checks a tile tree that docket exported with Go's own implementation of transparency logs.
//
//	go run verify.go DIR VKEY
//
// The signature is checked by sumdb/note, everything about the tree by sumdb/tlog; only the paths are translated, because
// Go's module mirror names tiles "tile/8/<level>/<n>" where C2SP says "tile/<level>/<n>".
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is C2SP's: 256 hashes in a full tile.
const tileHeight = 8

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: verify DIR VKEY")
		os.Exit(2)
	}
	if err := verify(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "WRONG:", err)
		os.Exit(1)
	}
}

func verify(directory, vkey string) error {
	tree, err := openCheckpoint(directory, vkey)
	if err != nil {
		return err
	}
	fmt.Printf("checkpoint: %d entries, root %v, signature good\n", tree.N, tree.Hash)
	leaves, err := readEntries(directory, tree.N)
	if err != nil {
		return err
	}
	if err := checkHashes(tree, leaves); err != nil {
		return err
	}
	tiles, err := checkTiles(directory, tree.N, leaves)
	if err != nil {
		return err
	}
	fmt.Printf("tree: %d leaf hashes and %d tiles match, root recomputed\n", len(leaves), tiles)
	proofs, err := checkProofs(directory, tree, leaves)
	if err != nil {
		return err
	}
	fmt.Printf("proofs: %d inclusion and consistency proofs from the tiles are good\n", proofs)
	return nil
}

// openCheckpoint verifies the signed note and reads its three lines.
func openCheckpoint(directory, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	data, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return tree, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("checkpoint: not one of the log %s", verifier.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// readEntries returns the leaf hash of every entry in the bundles.
func readEntries(directory string, size int64) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for first := int64(0); first < size; first += 1 << tileHeight {
		width := size - first
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		tile := tlog.Tile{H: tileHeight, L: 0, N: first >> tileHeight, W: int(width)}
		path := strings.Replace(c2spPath(tile), "tile/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(directory, path))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s: it ends within entry %d", path, first+i)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			leaves = append(leaves, tlog.RecordHash(data[2:end]))
			data = data[end:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s: bytes follow the last entry", path)
		}
	}
	return leaves, nil
}

// storedHashes builds the tree from the leaves, as Go's checksum database does.
func storedHashes(leaves []tlog.Hash) ([]tlog.Hash, tlog.HashReader, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(n), leaf, reader)
		if err != nil {
			return nil, nil, err
		}
		stored = append(stored, hashes...)
	}
	return stored, reader, nil
}

func checkHashes(tree tlog.Tree, leaves []tlog.Hash) error {
	_, reader, err := storedHashes(leaves)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if tree.N > 0 && root != tree.Hash {
		return fmt.Errorf("the entries have the root %v, but %v is signed", root, tree.Hash)
	}
	return nil
}

// checkTiles compares every hash tile with the one that follows from the entries.
func checkTiles(directory string, size int64, leaves []tlog.Hash) (int, error) {
	_, reader, err := storedHashes(leaves)
	if err != nil {
		return 0, err
	}
	tiles := allTiles(size)
	for _, tile := range tiles {
		expected, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return 0, err
		}
		found, err := os.ReadFile(filepath.Join(directory, c2spPath(tile)))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(found, expected) {
			return 0, fmt.Errorf("%s: it does not follow from the entries", c2spPath(tile))
		}
	}
	return len(tiles), nil
}

// allTiles lists the tiles of a tree: at each level the full ones and the one at the edge.
func allTiles(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	level := 0
	for count := size; count > 0; count >>= tileHeight {
		for n := int64(0); n<<tileHeight < count; n++ {
			width := count - n<<tileHeight
			if width > 1<<tileHeight {
				width = 1 << tileHeight
			}
			tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: n, W: int(width)})
		}
		level++
	}
	return tiles
}

// checkProofs makes proofs from nothing but the tiles, which TileHashReader authenticates against the signed root.
func checkProofs(directory string, tree tlog.Tree, leaves []tlog.Hash) (int, error) {
	reader := tlog.TileHashReader(tree, tileReader{directory})
	_, whole, err := storedHashes(leaves)
	if err != nil {
		return 0, err
	}
	proofs := 0
	step := tree.N/100 + 1
	for n := int64(0); n < tree.N; n += step {
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			return 0, fmt.Errorf("inclusion proof of entry %d: %w", n, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaves[n]); err != nil {
			return 0, fmt.Errorf("inclusion proof of entry %d: %w", n, err)
		}
		old, err := tlog.TreeHash(n+1, whole)
		if err != nil {
			return 0, err
		}
		consistency, err := tlog.ProveTree(tree.N, n+1, reader)
		if err != nil {
			return 0, fmt.Errorf("consistency proof from size %d: %w", n+1, err)
		}
		if err := tlog.CheckTree(consistency, tree.N, tree.Hash, n+1, old); err != nil {
			return 0, fmt.Errorf("consistency proof from size %d: %w", n+1, err)
		}
		proofs += 2
	}
	return proofs, nil
}

// tileReader reads tiles from a directory that is laid out as C2SP says.
type tileReader struct {
	directory string
}

func (r tileReader) Height() int { return tileHeight }

func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = os.ReadFile(filepath.Join(r.directory, c2spPath(tile))); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func c2spPath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}
