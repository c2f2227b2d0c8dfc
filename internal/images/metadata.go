package images

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
)

// orientationOf returns the orientation that EXIF metadata names, 1 when it names none.
func orientationOf(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(tiff) < 8:
		return 1
	case string(tiff[:4]) == "MM\x00*":
		order = binary.BigEndian
	case string(tiff[:4]) != "II*\x00":
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := int64(order.Uint16(tiff[at:]))
	for at += 2; entries > 0 && at+12 <= int64(len(tiff)); entries, at = entries-1, at+12 {
		const tagOrientation, typeShort = 0x0112, 3
		entry := tiff[at:]
		if order.Uint16(entry) != tagOrientation || order.Uint16(entry[2:]) != typeShort {
			continue
		}
		if o := order.Uint16(entry[8:]); 1 <= o && o <= 8 {
			return int(o)
		}
	}
	return 1
}

// profileSegment begins a JPEG segment with a colour profile, or a part of one: the number of the
// part and the number of parts follow.
const profileSegment = "ICC_PROFILE\x00"

// maxProfile bounds a colour profile that is kept: what fits into one segment of a JPEG. Those of
// cameras and screens take a few kilobytes at most.
const maxProfile = 0xffff - 2 - len(profileSegment) - 2

// profileParts are the parts of a profile in a JPEG.
type profileParts struct {
	parts [][]byte
	size  int
}

func (p *profileParts) add(segment []byte) {
	if len(segment) < 2 || int(segment[0]) != len(p.parts)+1 || p.size+len(segment) > 2*maxProfile {
		return // out of order, or too large to be kept
	}
	p.parts, p.size = append(p.parts, segment[2:]), p.size+len(segment)
}

func (p *profileParts) whole() []byte { return slices.Concat(p.parts...) }

// inflatedProfile returns the profile in an iCCP chunk; nil when it cannot be read.
func inflatedProfile(chunk []byte) []byte {
	_, packed, found := bytes.Cut(chunk, []byte{0})
	if !found || len(packed) < 1 || packed[0] != 0 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, int64(maxProfile)+1))
	if err != nil {
		return nil
	}
	return profile
}

// Colour spaces of profiles.
const (
	spaceRGB  = "RGB "
	spaceGray = "GRAY"
)

// validProfile returns a profile that can be kept: of RGB or grey, not too large, with all of its
// tags inside of it. Else it returns nil, and the image counts as sRGB.
func validProfile(profile []byte) []byte {
	const tags = 128
	if len(profile) < tags+4 || len(profile) > maxProfile {
		return nil
	}
	size := int64(binary.BigEndian.Uint32(profile))
	space, n := profileSpace(profile), int64(binary.BigEndian.Uint32(profile[tags:]))
	if size < tags+4 || size > int64(len(profile)) || string(profile[36:40]) != "acsp" ||
		space != spaceRGB && space != spaceGray || n == 0 || tags+4+12*n > size {
		return nil
	}
	for i := range n {
		tag := profile[tags+4+12*i:]
		if int64(binary.BigEndian.Uint32(tag[4:]))+int64(binary.BigEndian.Uint32(tag[8:])) > size {
			return nil
		}
	}
	return profile[:size]
}

func profileSpace(profile []byte) string { return string(profile[16:20]) }

// withProfile adds a colour profile to a JPEG or a PNG that has just been encoded.
func withProfile(encoded, profile []byte) []byte {
	if profile == nil {
		return encoded
	}
	if encoded[0] == 0xff {
		segment := slices.Concat([]byte{0xff, markerAPP2, 0, 0}, []byte(profileSegment), []byte{1, 1}, profile)
		binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))
		return slices.Insert(encoded, 2, segment...)
	}
	var chunk bytes.Buffer
	chunk.WriteString("\x00\x00\x00\x00iCCPICC\x00\x00")
	packer := zlib.NewWriter(&chunk)
	_, _ = packer.Write(profile) // a buffer takes everything
	_ = packer.Close()
	data := chunk.Bytes()
	binary.BigEndian.PutUint32(data, uint32(len(data)-8))
	data = binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(data[4:]))
	const afterHeader = len(pngMagic) + 12 + 13
	return slices.Insert(encoded, afterHeader, data...)
}
