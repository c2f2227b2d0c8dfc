package images

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/image/webp"
)

// MaxPixels bounds the pixels of an image: those of a 50-megapixel phone camera, with some room for
// cameras that are sold as such and have a little more.
const MaxPixels = 51_000_000

// maxSide bounds the width and the height, as JPEG and GIF do.
const maxSide = 0xffff

// MaxScans bounds the scans of a JPEG. Encoders write about ten; each one is a pass over the whole
// image, and takes a few bytes only.
const MaxScans = 64

// The errors of images that cannot be accepted.
var (
	ErrType      = errors.New("not a JPEG, PNG, GIF or WebP image")
	ErrAnimated  = errors.New("animated WebP")
	ErrTruncated = errors.New("truncated image")
	ErrDamaged   = errors.New("damaged image")
	ErrScans     = fmt.Errorf("a JPEG of more than %d scans", MaxScans)
	ErrSlow      = errors.New("decoding the image took too long")
)

// TooLargeError refuses an image of more pixels than can be decoded.
type TooLargeError struct {
	Megapixels int // the limit for images that are stored like this one
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("an image of more than %d megapixels", e.Megapixels)
}

type format int

const (
	formatJPEG format = iota
	formatPNG
	formatGIF
	formatWebP
)

// header describes an image before it is decoded.
type header struct {
	format        format
	width, height int   // as stored: orientation is not applied
	memory        int64 // bytes that decoding allocates
	scans         int
	orientation   int    // of EXIF, 1 to 8
	profile       []byte // ICC; nil for none
}

func (h header) pixels() int64 { return int64(h.width) * int64(h.height) }

// inspect reads the structure of an image without decoding it. The type is that of the first bytes.
func inspect(content []byte) (h header, err error) {
	h.orientation, h.scans = 1, 1
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		err = h.inspectJPEG(content)
	case bytes.HasPrefix(content, []byte(pngMagic)):
		err = h.inspectPNG(content)
	case bytes.HasPrefix(content, []byte("GIF87a")), bytes.HasPrefix(content, []byte("GIF89a")):
		err = h.inspectGIF(content)
	case len(content) >= 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		err = h.inspectWebP(content)
	default:
		err = ErrType
	}
	switch {
	case err != nil:
		return h, err
	case h.width <= 0 || h.height <= 0:
		return h, ErrDamaged
	case h.pixels() > MaxPixels, h.width > maxSide, h.height > maxSide:
		return h, &TooLargeError{MaxPixels / 1_000_000}
	}
	return h, nil
}

// JPEG markers.
const (
	markerTEM   = 0x01
	markerSOF0  = 0xc0
	markerSOF2  = 0xc2
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerRST0  = 0xd0
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerAdobe = 0xee // APP14
)

// inspectJPEG walks the segments up to the end of the image. What follows, such as the video of a
// motion photo, is not looked at.
func (h *header) inspectJPEG(content []byte) error {
	h.format, h.scans = formatJPEG, 0
	var profile profileParts
	converted := false // to colours other than YCbCr, in an image of its own
	for at := 2; ; {
		marker, next := nextMarker(content, at)
		if next < 0 {
			return ErrTruncated
		}
		at = next
		if marker == markerEOI {
			break
		}
		if markerRST0 <= marker && marker <= markerSOI || marker == markerTEM {
			continue // has no content
		}
		if at+2 > len(content) {
			return ErrTruncated
		}
		end := at + int(binary.BigEndian.Uint16(content[at:]))
		if end < at+2 {
			return ErrDamaged
		}
		if end > len(content) {
			return ErrTruncated
		}
		segment := content[at+2 : end]
		at = end
		switch {
		case marker == markerSOS:
			if h.scans++; h.scans > MaxScans {
				return ErrScans
			}
		case markerSOF0 <= marker && marker <= markerSOF15 &&
			marker != markerDHT && marker != markerJPG && marker != markerDAC:
			if err := h.inspectFrame(marker, segment); err != nil {
				return err
			}
			converted = converted || segment[5] == 4 || segment[5] == 3 && segment[6] == 'R'
		case marker == markerAPP1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			h.orientation = orientationOf(segment[6:])
		case marker == markerAPP2 && bytes.HasPrefix(segment, []byte(profileSegment)):
			profile.add(segment[len(profileSegment):])
		case marker == markerAdobe && len(segment) >= 12 && segment[11] == 0:
			converted = true
		}
	}
	if converted {
		h.memory += 4 * h.pixels()
	}
	h.profile = validProfile(profile.whole())
	return nil
}

// nextMarker returns the first marker at or after an offset and the offset behind it, or a negative
// one when there is none. Compressed data lies between markers, with zeros after each 0xff.
func nextMarker(content []byte, at int) (marker byte, next int) {
	for {
		i := bytes.IndexByte(content[min(at, len(content)):], 0xff)
		if i < 0 || at+i+1 >= len(content) {
			return 0, -1
		}
		at += i + 1
		if m := content[at]; m != 0 && m != 0xff {
			return m, at + 1
		}
	}
}

// inspectFrame reads the dimensions of a JPEG and what its components take: a byte a sample, and four
// more while a progressive one is put together.
func (h *header) inspectFrame(marker byte, segment []byte) error {
	if marker > markerSOF2 {
		return ErrType // lossless, hierarchical or arithmetic coding
	}
	if len(segment) < 6 || len(segment) != 6+3*int(segment[5]) || h.width != 0 {
		return ErrDamaged
	}
	h.height, h.width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
	var most, mostVertical, samples int64
	for c := 6; c < len(segment); c += 3 {
		horizontal, vertical := int64(segment[c+1]>>4), int64(segment[c+1]&15)
		samples += horizontal * vertical
		most, mostVertical = max(most, horizontal), max(mostVertical, vertical)
	}
	if most == 0 || mostVertical == 0 {
		return ErrDamaged
	}
	blocks := func(pixels int, factor int64) int64 { return (int64(pixels) + 8*factor - 1) / (8 * factor) }
	bytesPerSample := int64(1)
	if marker == markerSOF2 {
		bytesPerSample += 4
	}
	h.memory = blocks(h.width, most) * blocks(h.height, mostVertical) * 64 * samples * bytesPerSample
	return nil
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// inspectPNG walks the chunks.
func (h *header) inspectPNG(content []byte) error {
	h.format = formatPNG
	var depth, kind, interlaced byte
	transparent := false
	for at := len(pngMagic); ; {
		if at+8 > len(content) {
			return ErrTruncated
		}
		length, name := int64(binary.BigEndian.Uint32(content[at:])), string(content[at+4:at+8])
		if int64(len(content)-at-12) < length {
			return ErrTruncated
		}
		data := content[at+8 : at+8+int(length)]
		first := at == len(pngMagic)
		at += 12 + int(length)
		switch {
		case first != (name == "IHDR"), first && length != 13:
			return ErrDamaged
		case first:
			width, height := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
			if int32(width) <= 0 || int32(height) <= 0 {
				return ErrDamaged
			}
			h.width, h.height = int(width), int(height)
			depth, kind, interlaced = data[8], data[9], data[12]
		case name == "tRNS":
			transparent = true
		case name == "eXIf":
			h.orientation = orientationOf(data)
		case name == "iCCP":
			h.profile = validProfile(inflatedProfile(data))
		}
		if name == "IEND" {
			break
		}
	}
	perPixel := int64(4)
	switch {
	case kind == 3, kind == 0 && depth <= 8 && !transparent:
		perPixel = 1
	case kind == 0 && depth == 16 && !transparent:
		perPixel = 2
	case depth == 16:
		perPixel = 8
	}
	if interlaced != 0 {
		perPixel *= 2 // the seven passes are images of their own, and merged
	}
	h.memory = perPixel * h.pixels()
	return nil
}

// inspectGIF walks the blocks up to the end of the first frame.
func (h *header) inspectGIF(content []byte) error {
	h.format = formatGIF
	if len(content) < 13 {
		return ErrTruncated
	}
	h.width, h.height = int(binary.LittleEndian.Uint16(content[6:])), int(binary.LittleEndian.Uint16(content[8:]))
	h.memory = 2 * h.pixels() // a second time when it is interlaced
	colours := func(fields byte) int {
		if fields&0x80 == 0 {
			return 0
		}
		return 3 << (fields&7 + 1)
	}
	for at := 13 + colours(content[10]); ; {
		if at+2 > len(content) {
			return ErrTruncated
		}
		block := content[at]
		switch block {
		case 0x21: // an extension
			at += 2
		case 0x2c: // a frame
			if at+11 > len(content) {
				return ErrTruncated
			}
			at += 11 + colours(content[at+9])
		default:
			return ErrDamaged
		}
		for { // pieces, up to an empty one
			if at >= len(content) {
				return ErrTruncated
			}
			length := int(content[at])
			if at += 1 + length; length == 0 {
				break
			}
		}
		if block == 0x2c {
			return nil
		}
	}
}

// What a lossless WebP may take for its Huffman trees: golang.org/x/image decodes at most 2,600
// groups of five, of at most 16 bytes for each of 3,136 symbols and a table of 128 entries each.
const losslessGroups, losslessGroup = 2600, 5*600 + 16*3136

// inspectWebP walks the chunks.
func (h *header) inspectWebP(content []byte) error {
	h.format = formatWebP
	size := int64(binary.LittleEndian.Uint32(content[4:]))
	if int64(len(content)) < 8+size {
		return ErrTruncated
	}
	content = content[:8+size]
	var lossless, alpha bool
	for at := 12; at+8 <= len(content); {
		length, name := int64(binary.LittleEndian.Uint32(content[at+4:])), string(content[at:at+4])
		if int64(len(content)-at-8) < length {
			return ErrTruncated
		}
		data := content[at+8 : at+8+int(length)]
		at += 8 + int(length) + int(length&1)
		switch name {
		case "ANIM", "ANMF":
			return ErrAnimated
		case "VP8L":
			lossless = true
		case "ALPH":
			alpha = true
		case "EXIF":
			h.orientation = orientationOf(bytes.TrimPrefix(data, []byte("Exif\x00\x00")))
		case "ICCP":
			h.profile = validProfile(data)
		}
	}
	config, err := webp.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return ErrDamaged
	}
	h.width, h.height = config.Width, config.Height
	// Lossy samples, in blocks of 16 by 16, and their copy of the file.
	h.memory = (h.pixels()+16*int64(h.width+h.height)+256)*3/2 + int64(len(content))
	if lossless || alpha {
		// Lossless pixels, a second time for a palette's, and half a byte for tiles of at least 4 by 4.
		h.memory += h.pixels() * 7
		tiles := int64(h.width/4+1) * int64(h.height/4+1)
		h.memory += min(tiles, losslessGroups, int64(len(content))*256/losslessGroup+1) * losslessGroup
	}
	if alpha {
		h.memory += h.pixels()
	}
	return nil
}
