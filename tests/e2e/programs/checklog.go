// Checks notes, logs and proofs with golang.org/x/mod/sumdb, which shares no code with us.
//
// Each line on standard input is one question in JSON, each line on standard output its answer:
// "OK" and what was found, or the reason.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A question: Key is a verifier key; Note a signed checkpoint; Log the lines to be held against it;
// Proof what `log prove` printed; Old the older checkpoint of a proof of growth.
type question struct {
	Key              string
	Note, Log, Proof []byte
	Old              []byte
}

func main() {
	in, out := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	in.Buffer(nil, 1<<26)
	for in.Scan() {
		var asked question
		err := json.Unmarshal(in.Bytes(), &asked)
		said := ""
		if err == nil {
			said, err = asked.answer()
		}
		if err != nil {
			said = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Fprintln(out, said)
		out.Flush()
	}
}

func (asked question) answer() (string, error) {
	if asked.Proof == nil {
		tree, err := open(asked.Note, asked.Key)
		if err != nil {
			return "", err
		}
		return held(tree, asked.Log)
	}
	parts := bytes.SplitN(asked.Proof, []byte("\n\n"), 2)
	if len(parts) != 2 {
		return "", errors.New("no blank line")
	}
	tree, err := open(parts[1], asked.Key)
	if err != nil {
		return "", err
	}
	head := strings.Split(string(parts[0]), "\n")
	if asked.Old != nil {
		return grown(tree, head, asked)
	}
	return included(tree, head)
}

// open returns what a checkpoint of the one key signs.
func open(data []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	// note.Open takes a base64 whose last character has more bits than are decoded.
	if _, err := base64.StdEncoding.Strict().DecodeString(opened.Sigs[0].Base64); err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	// The form of a tree is that of go.sum but for its first line.
	return tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
}

// held computes the root hash over the lines of a log.
func held(tree tlog.Tree, log []byte) (string, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for place, index := range indexes {
			hashes[place] = stored[index]
		}
		return hashes, nil
	})
	lines := bytes.SplitAfter(log, []byte("\n"))
	size := int64(len(lines) - 1)
	for number, line := range lines[:size] {
		hashes, err := tlog.StoredHashes(int64(number), line, reader)
		if err != nil {
			return "", err
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return "", err
	}
	if size != tree.N || root != tree.Hash || len(lines[size]) > 0 {
		return "", errors.New("the checkpoint is not of this log")
	}
	return fmt.Sprintf("OK %d %x", tree.N, root[:]), nil
}

func included(tree tlog.Tree, head []string) (string, error) {
	if len(head) < 3 || head[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(head[1], "extra ") {
		return "", errors.New("not a proof of a line")
	}
	line, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(head[1], "extra "))
	if err != nil {
		return "", err
	}
	index, err := number(head[2], "index")
	if err != nil {
		return "", err
	}
	hashes, err := parsed(head[3:])
	if err != nil {
		return "", err
	}
	err = tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(line))
	return fmt.Sprintf("OK %d of %d", index, tree.N), err
}

func grown(tree tlog.Tree, head []string, asked question) (string, error) {
	older, err := open(asked.Old, asked.Key)
	if err != nil {
		return "", err
	}
	size, err := number(head[0], "old")
	if err != nil {
		return "", err
	}
	if size != older.N {
		return "", errors.New("the proof begins elsewhere")
	}
	hashes, err := parsed(head[1:])
	if err != nil {
		return "", err
	}
	err = tlog.CheckTree(hashes, tree.N, tree.Hash, older.N, older.Hash)
	return fmt.Sprintf("OK %d to %d", older.N, tree.N), err
}

func number(text, name string) (value int64, err error) {
	_, err = fmt.Sscanf(text, name+" %d", &value)
	if err == nil && text != fmt.Sprintf("%s %d", name, value) {
		err = errors.New("not the canonical number")
	}
	return value, err
}

func parsed(lines []string) (hashes []tlog.Hash, err error) {
	for _, line := range lines {
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize {
			return nil, errors.New("not a hash")
		}
		hashes = append(hashes, *(*tlog.Hash)(data))
	}
	return hashes, nil
}
