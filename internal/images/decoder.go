package images

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"
)

// ErrBusy refuses an image for which there is no room at the moment.
var ErrBusy = errors.New("too many images are being decoded")

// The largest size of a stored image. The width and the pixels are bounded, but not the height: long
// product descriptions are images, too, narrow and many times as high.
const (
	maxWidth  = 2400
	maxPixels = 16_000_000
)

// widths are those of the smaller renditions.
var widths = [...]int{320, 1200}

// DefaultMemory is what decoding may take in all: enough for one 50-megapixel photo.
const DefaultMemory = 216 << 20

// A small image takes at most smallMemory, and a few hundredths of a second. Small images do not wait
// for large ones.
const (
	smallMemory = 16 << 20
	smallWork   = 1_500_000 // pixels, times scans
)

// What waits, for how long, and how long decoding may take.
const (
	largeQueue   = 16
	smallQueue   = 128
	queueTimeout = 8 * time.Second
	workTimeout  = 12 * time.Second
)

// collected is the memory from which on it is returned to the system before it counts as free:
// the runtime would let as much garbage accumulate as there was memory in use.
const collected = 16 << 20

// A Picture is an image that can be published.
type Picture struct {
	ContentType   string // image/jpeg or image/png, of all renditions
	Width, Height int
	Content       []byte
	Smaller       []Smaller // in the order of their widths
}

// Smaller is a rendition of fewer pixels.
type Smaller struct {
	Width   int
	Content []byte
}

// Decoder decodes untrusted images. It bounds the memory that all of them take together.
type Decoder struct {
	large, small *line
	reserved     atomic.Int64
}

// line admits images to decoding in the order in which they come.
type line struct {
	size    int64 // of memory
	memory  *semaphore.Weighted
	slots   *semaphore.Weighted
	waiting atomic.Int64
	queue   int64 // the most that may wait
}

func newLine(memory int64, slots int, queue int64) *line {
	return &line{
		size: memory, memory: semaphore.NewWeighted(memory), slots: semaphore.NewWeighted(int64(slots)), queue: queue,
	}
}

// NewDecoder makes a decoder whose images take at most so many bytes together; 0 for DefaultMemory.
func NewDecoder(memory int64) *Decoder {
	// Large and small images share the processors, so that requests find some of them free.
	slots := max(1, runtime.NumCPU()/4)
	memory = max(cmp.Or(memory, DefaultMemory), 2*smallMemory)
	return &Decoder{
		large: newLine(memory-smallMemory, slots, largeQueue), small: newLine(smallMemory, slots, smallQueue),
	}
}

// Reserved returns the bytes that are set aside for the images that are being decoded.
func (d *Decoder) Reserved() int64 { return d.reserved.Load() }

// cost is what an image takes from decoding to its last rendition, in bytes: its pixels, those of the
// shrunk image and of a rendition, and what encoding writes.
func (h header) cost() int64 {
	width, height := h.shrunk(h.width, h.height)
	shrunk := 4 * int64(width) * int64(height)
	if turned(h.orientation) {
		width, height = height, width
	}
	smaller := int64(0)
	for _, w := range widths {
		if w < width {
			smaller = 4 * int64(w) * int64(max(1, height*w/width))
		}
	}
	written := shrunk / 2
	if h.format != formatJPEG {
		written = 2 * shrunk // it may stay without loss
	}
	rows := 4 * (band + 8) * int64(h.width)
	return h.memory + shrunk + smaller + written + rows + 256<<10
}

// shrunk returns the size that an image is shrunk to, before it is turned.
func (h header) shrunk(width, height int) (int, int) {
	shown := width
	if turned(h.orientation) {
		shown = height
	}
	factor := min(1, maxWidth/float64(shown), math.Sqrt(maxPixels/(float64(width)*float64(height))))
	scaled := func(n int) int { return max(1, int(math.Round(float64(n)*factor))) }
	return scaled(width), scaled(height)
}

// reserve waits until there is room for an image. release must be called when nothing refers to its
// pixels any more.
func (d *Decoder) reserve(ctx context.Context, h header) (release func(), err error) {
	cost := h.cost()
	l := d.large
	if cost <= smallMemory && h.pixels()*int64(h.scans) <= smallWork {
		l = d.small
	}
	if cost > l.size {
		return nil, &TooLargeError{h.fitting(l.size)}
	}
	if l.waiting.Add(1) > l.queue {
		l.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer l.waiting.Add(-1)
	wait, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	if err = l.slots.Acquire(wait, 1); err == nil {
		if err = l.memory.Acquire(wait, cost); err != nil {
			l.slots.Release(1)
		}
	}
	if err != nil {
		return nil, cmp.Or(ctx.Err(), ErrBusy)
	}
	d.reserved.Add(cost)
	return func() {
		if cost >= collected {
			debug.FreeOSMemory()
		}
		d.reserved.Add(-cost)
		l.memory.Release(cost)
		l.slots.Release(1)
	}, nil
}

// fitting returns the most megapixels of an image that is stored like this one and fits into memory.
func (h header) fitting(memory int64) int {
	megapixels := int(h.pixels() / 1_000_000)
	for ; megapixels > 1; megapixels-- {
		smaller := h
		factor := float64(megapixels) * 1e6 / float64(h.pixels())
		smaller.memory = int64(float64(h.memory) * factor)
		smaller.width = int(float64(h.width) * math.Sqrt(factor))
		smaller.height = int(float64(h.height) * math.Sqrt(factor))
		if smaller.cost() <= memory {
			break
		}
	}
	return megapixels
}

// Process decodes an image and encodes its pixels again, shrunk and rotated according to its
// metadata, so that only the pixels and the colour profile of an upload are kept: no metadata, such
// as the place where a picture was taken, and no data after the image. It uses the first frame of a
// GIF. An image with transparent pixels or at most 256 colours that was not a JPEG is encoded
// without loss; any other becomes a JPEG. Process returns ErrType, ErrAnimated, ErrTruncated,
// ErrDamaged, ErrScans, ErrSlow or a TooLargeError for an image that cannot be used, ErrBusy when
// too many others wait, and the context's error. It uses its memory until it returns.
func (d *Decoder) Process(ctx context.Context, content []byte) (Picture, error) {
	h, err := inspect(content)
	if err != nil {
		return Picture{}, err
	}
	release, err := d.reserve(ctx, h)
	if err != nil {
		return Picture{}, err
	}
	defer release()
	limited, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	p, err := h.process(limited, content)
	if limited.Err() != nil {
		return Picture{}, cmp.Or(ctx.Err(), ErrSlow)
	}
	return p, err
}

func (h header) process(ctx context.Context, content []byte) (p Picture, err error) {
	whole, gray, err := h.shrink(ctx, content)
	if err != nil {
		return p, err
	}
	width, height := whole.Bounds().Dx(), whole.Bounds().Dy()
	p.Width, p.Height = width, height
	e := encoder{profile: h.profile, gray: gray && opaque(whole)}
	if h.profile != nil && (profileSpace(h.profile) == spaceGray) != e.gray {
		e.gray, e.profile = false, nil // it describes other channels than those that are written
	}
	if h.format != formatJPEG {
		e.palette = paletteOf(whole)
		e.lossless = e.palette != nil || !opaque(whole)
	}
	p.ContentType = "image/jpeg"
	if e.lossless {
		p.ContentType = "image/png"
	}
	const quality, smallerQuality = 88, 82
	if p.Content, err = e.encode(whole, quality); err != nil {
		return p, err
	}
	e.palette = nil // shrunk pixels have other colours
	for _, w := range widths {
		if w >= width || ctx.Err() != nil {
			break
		}
		m, err := shrink(ctx, whole, w, max(1, height*w/width), 1)
		if err != nil {
			return p, err
		}
		content, err := e.encode(m, smallerQuality)
		if err != nil {
			return p, err
		}
		p.Smaller = append(p.Smaller, Smaller{w, content})
	}
	return p, ctx.Err()
}

// shrink decodes an image and shrinks it. Its own pixels are garbage afterwards.
func (h header) shrink(ctx context.Context, content []byte) (m *image.NRGBA, gray bool, err error) {
	decoded, err := h.decode(&source{ctx, bytes.NewReader(content)})
	if err != nil {
		return nil, false, err
	}
	switch decoded.(type) {
	case *image.Gray, *image.Gray16:
		gray = true
	}
	width, height := h.shrunk(decoded.Bounds().Dx(), decoded.Bounds().Dy())
	m, err = shrink(ctx, decoded, width, height, h.orientation)
	return m, gray, err
}

func (h header) decode(r io.Reader) (m image.Image, err error) {
	switch h.format {
	case formatPNG:
		m, err = png.Decode(r)
	case formatGIF:
		m, err = gif.Decode(r)
	case formatWebP:
		m, err = webp.Decode(r)
	default:
		m, err = jpeg.Decode(r)
	}
	var inJPEG jpeg.UnsupportedError
	var inPNG png.UnsupportedError
	switch {
	case errors.As(err, &inJPEG), errors.As(err, &inPNG):
		return nil, ErrType
	case err != nil:
		return nil, ErrDamaged // the structure is whole: inspect has seen its end
	}
	return m, nil
}

// source reads an uploaded image in small pieces, so that its decoder ends soon after its context.
type source struct {
	ctx context.Context
	r   *bytes.Reader
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	const piece = 256
	return s.r.Read(p[:min(len(p), piece)])
}

type encoder struct {
	profile  []byte
	palette  color.Palette // nil for more than 256 colours
	lossless bool
	gray     bool
}

func (e encoder) encode(m *image.NRGBA, quality int) ([]byte, error) {
	var encoded image.Image = m
	switch {
	case e.gray:
		encoded = grayOf(m)
	case e.palette != nil:
		encoded = palettedOf(m, e.palette)
	case !e.lossless: // all pixels are opaque, and image/jpeg is faster with RGBA
		encoded = &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	}
	var out bytes.Buffer
	var err error
	if e.lossless {
		err = png.Encode(&out, encoded)
	} else {
		err = jpeg.Encode(&out, encoded, &jpeg.Options{Quality: quality})
	}
	return withProfile(out.Bytes(), e.profile), err
}

func grayOf(m *image.NRGBA) *image.Gray {
	gray := image.NewGray(m.Bounds())
	for i := range gray.Pix {
		gray.Pix[i] = m.Pix[4*i]
	}
	return gray
}

// paletteOf returns the colours of an image; nil when they are more than 256.
func paletteOf(m *image.NRGBA) color.Palette {
	seen := make(map[color.NRGBA]struct{}, 256)
	var palette color.Palette
	var last color.NRGBA
	for i := 0; i < len(m.Pix); i += 4 {
		c := color.NRGBA{m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3]}
		if c == last && i > 0 {
			continue
		}
		last = c
		if _, known := seen[c]; known {
			continue
		}
		if len(palette) == 256 {
			return nil
		}
		seen[c] = struct{}{}
		palette = append(palette, c)
	}
	return palette
}

func palettedOf(m *image.NRGBA, palette color.Palette) *image.Paletted {
	index := make(map[[4]uint8]uint8, len(palette))
	for i, c := range palette {
		n := c.(color.NRGBA)
		index[[4]uint8{n.R, n.G, n.B, n.A}] = uint8(i)
	}
	paletted := image.NewPaletted(m.Bounds(), palette)
	for i := range paletted.Pix {
		paletted.Pix[i] = index[[4]uint8(m.Pix[4*i:])]
	}
	return paletted
}
