package images_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/testrig"
)

func encoded(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	switch format {
	case "jpeg":
		require.NoError(t, jpeg.Encode(&b, m, nil))
	case "gif":
		require.NoError(t, gif.Encode(&b, m, nil))
	case "bmp":
		require.NoError(t, bmp.Encode(&b, m))
	case "tiff":
		require.NoError(t, tiff.Encode(&b, m, nil))
	default:
		require.NoError(t, png.Encode(&b, m))
	}
	return b.Bytes()
}

// photo has many colours.
func photo(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y / 7), 255})
		}
	}
	return m
}

// process decodes what is not refused.
func process(t testing.TB, content []byte) images.Picture {
	t.Helper()
	p, err := images.NewDecoder(0).Process(t.Context(), content)
	require.NoError(t, err)
	return p
}

func pngChunk(name string, data []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, name...), data...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

// pngOf is a PNG of so many pixels whose pixels are missing.
func pngOf(width, height uint32, depth, kind, interlaced byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	header = append(header, depth, kind, 0, 0, interlaced)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header),
		pngChunk("IDAT", zipped(make([]byte, 100))), pngChunk("IEND", nil))
}

func zipped(content []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Bytes()
}

func jpegSegment(marker byte, data ...byte) []byte {
	return append([]byte{0xff, marker, byte((len(data) + 2) >> 8), byte(len(data) + 2)}, data...)
}

// jpegOf is a JPEG of one component, in so many scans that take a few bytes each.
func jpegOf(sof byte, width, height, scans int) []byte {
	content := []byte{0xff, 0xd8}
	content = append(content, jpegSegment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	frame := []byte{8, byte(height >> 8), byte(height), byte(width >> 8), byte(width), 1, 1, 0x11, 0}
	content = append(content, jpegSegment(sof, frame...)...)
	// Of two codes of one bit the first is a difference of zero, and the end of a block.
	for _, class := range []byte{0x00, 0x10} {
		content = append(content, jpegSegment(0xc4, append([]byte{class, 1}, make([]byte, 16)...)...)...)
	}
	blocks := ((width + 7) / 8) * ((height + 7) / 8)
	for range scans {
		content = append(content, jpegSegment(0xda, 1, 1, 0, 0, 0, 0)...)
		content = append(content, make([]byte, (blocks+7)/8)...)
	}
	return append(content, 0xff, 0xd9)
}

func gifOf(width, height uint16, frame []byte) []byte {
	content := binary.LittleEndian.AppendUint16([]byte("GIF89a"), width)
	content = binary.LittleEndian.AppendUint16(content, height)
	content = append(content, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0)
	content = binary.LittleEndian.AppendUint16(content, width)
	content = binary.LittleEndian.AppendUint16(content, height)
	content = append(content, 0, 2, byte(len(frame)))
	return append(append(content, frame...), 0, 0x3b)
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), slices.Concat(chunks...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(name string, data []byte) []byte {
	chunk := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
	if len(data)%2 == 1 {
		chunk = append(chunk, 0)
	}
	return chunk
}

// losslessOf is the pixels of a lossless WebP of one colour.
func losslessOf(width, height uint32, red, green, blue, alpha byte) []byte {
	var bits []byte
	n := 0
	write := func(value uint32, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(value>>i&1) << (n % 8)
			n++
		}
	}
	write(width-1, 14)
	write(height-1, 14)
	write(1, 1) // opacity is used
	write(0, 3) // version
	write(0, 1) // no transform
	write(0, 1) // no cache of colours
	write(0, 1) // one group of trees
	for _, symbol := range []byte{green, red, blue, alpha, 0} {
		write(1, 1) // a simple tree
		write(0, 1) // of one symbol
		write(1, 1) // of eight bits
		write(uint32(symbol), 8)
	}
	return append([]byte{0x2f}, bits...)
}

func TestProcess_WellFormedImage_KeepsItsPixelsAndNothingElse(t *testing.T) {
	for format, want := range map[string]string{"png": "image/png", "jpeg": "image/jpeg", "gif": "image/png"} {
		p := process(t, append(encoded(t, format, image.NewRGBA(image.Rect(0, 0, 30, 20))),
			"<script>a second file behind the first</script>"...))
		require.Equal(t, want, p.ContentType, format)
		require.NotContains(t, string(p.Content), "script")
		require.Equal(t, []int{30, 20}, []int{p.Width, p.Height})
		c, _, err := image.DecodeConfig(bytes.NewReader(p.Content))
		require.NoError(t, err)
		require.Equal(t, []int{30, 20}, []int{c.Width, c.Height})
		require.Empty(t, p.Smaller)
	}
	p := process(t, riff(riffChunk("VP8L", losslessOf(4, 3, 10, 200, 30, 255))))
	m, err := png.Decode(bytes.NewReader(p.Content))
	require.NoError(t, err)
	require.Equal(t, color.NRGBA{10, 200, 30, 255}, color.NRGBAModel.Convert(m.At(3, 2)))
}

func TestProcess_UnusableImage_NamesTheProblem(t *testing.T) {
	whole := encoded(t, "jpeg", photo(64, 64))
	for _, c := range []struct {
		name    string
		content []byte
		want    error
	}{
		{"SVG", []byte("<svg onload='alert(1)'>"), images.ErrType},
		{"PDF", []byte("%PDF-1.7"), images.ErrType},
		{"nothing", nil, images.ErrType},
		{"BMP", encoded(t, "bmp", photo(8, 8)), images.ErrType},
		{"TIFF", encoded(t, "tiff", photo(8, 8)), images.ErrType},
		{"lossless JPEG", jpegOf(0xc3, 8, 8, 1), images.ErrType},
		{"JPEG without its end", whole[:len(whole)/2], images.ErrTruncated},
		{"JPEG without its last byte", whole[:len(whole)-1], images.ErrTruncated},
		{"JPEG of its first bytes", []byte("\xff\xd8\xff\xe0 jpeg"), images.ErrTruncated},
		{"PNG without its end", encoded(t, "png", photo(9, 9))[:60], images.ErrTruncated},
		{"GIF without its end", encoded(t, "gif", photo(9, 9))[:800], images.ErrTruncated},
		{"WebP without its end", riff(riffChunk("VP8L", losslessOf(4, 3, 1, 2, 3, 255)))[:24], images.ErrTruncated},
		{"animated WebP", riff(riffChunk("VP8X", make([]byte, 10)), riffChunk("ANIM", make([]byte, 6))),
			images.ErrAnimated},
		{"JPEG without pixels", jpegOf(0xc0, 80, 80, 0), images.ErrDamaged},
		{"JPEG of no height", jpegOf(0xc0, 80, 0, 1), images.ErrDamaged},
		{"PNG without pixels", pngOf(100, 100, 8, 2, 0), images.ErrDamaged},
		{"GIF of wrong codes", gifOf(100, 100, []byte{1, 2, 3}), images.ErrDamaged},
		{"progressive JPEG of 65 scans", jpegOf(0xc2, 64, 64, 65), images.ErrScans},
		{"JPEG of 6,000 scans", jpegOf(0xc0, 64, 64, 6000), images.ErrScans},
	} {
		_, err := images.NewDecoder(0).Process(t.Context(), c.content)
		require.ErrorIs(t, err, c.want, c.name)
	}
}

// Images of a few bytes whose headers claim many pixels.
func TestProcess_Bomb_TakesNoMemory(t *testing.T) {
	for _, c := range []struct {
		name       string
		content    []byte
		megapixels int // the limit that is named
	}{
		{"JPEG", jpegOf(0xc0, 65_000, 65_000, 0), 51},
		{"PNG", pngOf(30_000, 30_000, 8, 2, 0), 51},
		{"PNG of one row", pngOf(50_000_000, 1, 8, 2, 0), 51},
		{"GIF", gifOf(65_000, 65_000, []byte{1}), 51},
		{"WebP", riff(riffChunk("VP8L", losslessOf(16_000, 16_000, 1, 2, 3, 255))), 51},
		{"WebP with a header of its own", riff(riffChunk("VP8X", []byte{0, 0, 0, 0, 255, 127, 0, 255, 127, 0})), 51},
		{"progressive JPEG", jpegOf(0xc2, 7000, 7000, 1), 33},
		{"PNG of 16 bits", pngOf(7000, 7000, 16, 6, 0), 16},
		{"interlaced PNG of 16 bits", pngOf(4000, 4000, 16, 6, 1), 8},
		{"lossless WebP", riff(riffChunk("VP8L", losslessOf(5000, 5000, 1, 2, 3, 255))), 15},
	} {
		d := images.NewDecoder(0)
		var large *images.TooLargeError
		allocated := testing.AllocsPerRun(1, func() {
			_, err := d.Process(t.Context(), c.content)
			require.ErrorAs(t, err, &large, c.name)
		})
		require.Less(t, allocated, 1000.0)
		assert.Equal(t, c.megapixels, large.Megapixels, c.name)
		require.Zero(t, d.Reserved())
	}
}

// It decodes forty large images at once, and an honest one
// beside them.
func TestProcess_HostileImages_StayWithinTheBudget(t *testing.T) {
	const memory = 96 << 20
	d := images.NewDecoder(memory)
	hostile := [][]byte{
		jpegOf(0xc2, 1800, 1800, images.MaxScans),
		jpegOf(0xc0, 6000, 6000, 1),
		encoded(t, "png", image.NewNRGBA64(image.Rect(0, 0, 1500, 1500))),
	}
	ctx, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() { _, _ = d.Process(ctx, hostile[i%len(hostile)]) })
	}
	var most int64
	watched := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(watched)
		often := time.NewTicker(time.Millisecond)
		defer often.Stop()
		for {
			select {
			case <-stop:
				return
			case <-often.C:
				most = max(most, d.Reserved())
			}
		}
	}()
	testrig.Eventually(t, func() bool { return d.Reserved() > 1<<20 }, time.Minute, time.Millisecond,
		"hostile images are being decoded")
	honest := encoded(t, "png", image.NewGray(image.Rect(0, 0, 3, 2)))
	for range 10 {
		_, err := d.Process(t.Context(), honest)
		require.NoError(t, err, "small images do not wait for large ones")
	}
	leave() // abandoned uploads neither wait nor begin, and those that run end at their next piece
	group.Wait()
	close(stop)
	<-watched
	require.LessOrEqual(t, most, int64(memory))
	require.Zero(t, d.Reserved())
}

func TestProcess_FullQueue_IsBusyAtOnce(t *testing.T) {
	d := images.NewDecoder(96 << 20)
	ctx, leave := context.WithCancel(t.Context())
	var busy sync.Once
	found := make(chan struct{})
	var group sync.WaitGroup
	slow := jpegOf(0xc2, 1800, 1800, images.MaxScans)
	for range 60 { // more than run and wait
		group.Go(func() {
			if _, err := d.Process(ctx, slow); err != nil && ctx.Err() == nil {
				assert.ErrorIs(t, err, images.ErrBusy)
				busy.Do(func() { close(found) })
			}
		})
	}
	<-found
	leave()
	group.Wait()
	require.Zero(t, d.Reserved())
}

func TestProcess_Photo_StaysLossyAndGetsRenditions(t *testing.T) {
	for _, format := range []string{"jpeg", "png"} {
		p := process(t, encoded(t, format, photo(3000, 1500)))
		require.Equal(t, "image/jpeg", p.ContentType, format)
		require.Equal(t, []int{2400, 1200}, []int{p.Width, p.Height})
		var sizes []image.Point
		for _, s := range p.Smaller {
			c, name, err := image.DecodeConfig(bytes.NewReader(s.Content))
			require.NoError(t, err)
			require.Equal(t, "jpeg", name)
			require.Equal(t, s.Width, c.Width)
			sizes = append(sizes, image.Pt(c.Width, c.Height))
		}
		require.Equal(t, []image.Point{{320, 160}, {1200, 600}}, sizes)
	}
	long := process(t, encoded(t, "jpeg", photo(860, 9000)))
	require.Equal(t, []int{860, 9000}, []int{long.Width, long.Height}, "a long description stays readable")

	see := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for i := range see.Pix {
		see.Pix[i] = uint8(rand.IntN(256))
	}
	p := process(t, encoded(t, "png", see))
	require.Equal(t, "image/png", p.ContentType, "transparency is kept")
	m, err := png.Decode(bytes.NewReader(p.Content))
	require.NoError(t, err)
	for _, at := range []image.Point{{0, 0}, {399, 399}, {17, 230}} {
		if c := see.NRGBAAt(at.X, at.Y); c.A > 0 {
			require.Equal(t, c, m.At(at.X, at.Y))
		}
	}
}

func TestProcess_Shrunk_AveragesPixels(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 4800, 4))
	for x := 0; x < 4800; x += 2 {
		for y := range 4 {
			m.SetGray(x, y, color.Gray{200})
		}
	}
	p := process(t, encoded(t, "png", m))
	shrunk, err := png.Decode(bytes.NewReader(p.Content))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 2400, 2), shrunk.Bounds())
	for x := range 2400 {
		c := color.NRGBAModel.Convert(shrunk.At(x, 1))
		require.Equal(t, color.NRGBA{100, 100, 100, 255}, c)
	}
}

// exif is metadata with an orientation and a place.
func exif(orientation byte) []byte {
	return append([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"),
		append([]byte{orientation, 0, 0, 0, 0, 0, 0}, "37.5665 N, 126.9780 E"...)...)
}

func TestProcess_Orientation_IsAppliedInEveryFormat(t *testing.T) {
	// The corners of the stored image, and where each orientation shows the first of them.
	m := image.NewNRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			c := color.NRGBA{0, 0, 0, 255}
			if x < 16 && y < 16 {
				c = color.NRGBA{255, 255, 255, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	corner := map[byte]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1},
		8: {0, 1}}
	plain, plainPNG := encoded(t, "jpeg", m), encoded(t, "png", m)
	for o, at := range corner {
		formats := map[string][]byte{
			"JPEG": slices.Concat(plain[:2], jpegSegment(0xe1, append([]byte("Exif\x00\x00"), exif(o)...)...), plain[2:]),
			"PNG":  slices.Concat(plainPNG[:33], pngChunk("eXIf", exif(o)), plainPNG[33:]),
		}
		for name, content := range formats {
			p := process(t, content)
			require.NotContains(t, string(p.Content), "37.5665", name)
			shown, _, err := image.Decode(bytes.NewReader(p.Content))
			require.NoError(t, err)
			width, height := 48, 32
			if o >= 5 {
				width, height = height, width
			}
			require.Equal(t, image.Rect(0, 0, width, height), shown.Bounds(), "%s %d", name, o)
			for _, c := range []image.Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				red, _, _, _ := shown.At(4+c.X*(width-9), 4+c.Y*(height-9)).RGBA()
				require.Equal(t, c == at, red > 0x8000, "%s %d %v", name, o, c)
			}
		}
	}
	extended := []byte{1 << 3, 0, 0, 0, 3, 0, 0, 2, 0, 0}
	p := process(t, riff(riffChunk("VP8X", extended), riffChunk("VP8L", losslessOf(4, 3, 1, 2, 3, 255)),
		riffChunk("EXIF", exif(6))))
	require.Equal(t, []int{3, 4}, []int{p.Width, p.Height})
}

// profileOf is a colour profile that is as short as can be.
func profileOf(space string) []byte {
	p := make([]byte, 128+4+12+8)
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	copy(p[12:], "mntr"+space+"XYZ ")
	copy(p[36:], "acsp")
	binary.BigEndian.PutUint32(p[128:], 1)
	copy(p[132:], "cprt")
	binary.BigEndian.PutUint32(p[136:], 144)
	binary.BigEndian.PutUint32(p[140:], 8)
	return p
}

func TestProcess_ColourProfile_IsKeptWhenItFits(t *testing.T) {
	rgb, gray := profileOf("RGB "), profileOf("GRAY")
	withJPEG := func(m image.Image, profile []byte) []byte {
		plain := encoded(t, "jpeg", m)
		half := len(profile) / 2
		return slices.Concat(plain[:2], jpegSegment(0xe2,
			append([]byte("ICC_PROFILE\x00\x01\x02"), profile[:half]...)...),
			jpegSegment(0xe2, append([]byte("ICC_PROFILE\x00\x02\x02"), profile[half:]...)...), plain[2:])
	}
	p := process(t, withJPEG(photo(400, 300), rgb))
	require.Contains(t, string(p.Content), "ICC_PROFILE\x00\x01\x01"+string(rgb))
	require.Contains(t, string(p.Smaller[0].Content), string(rgb))
	again := process(t, p.Content)
	require.Contains(t, string(again.Content), string(rgb), "what is written can be read")
	require.Contains(t, string(process(t, withJPEG(image.NewGray(image.Rect(0, 0, 8, 8)), gray)).Content), string(gray))

	few := encoded(t, "png", image.NewNRGBA(image.Rect(0, 0, 20, 20)))
	chunk := slices.Concat(few[:33], pngChunk("iCCP", append([]byte("name\x00\x00"), zipped(rgb)...)), few[33:])
	p = process(t, chunk)
	_, err := png.Decode(bytes.NewReader(p.Content))
	require.NoError(t, err)
	require.Contains(t, string(p.Content), "iCCPICC\x00\x00"+string(zipped(rgb)))
	extended := []byte{1 << 5, 0, 0, 0, 3, 0, 0, 2, 0, 0}
	p = process(t, riff(riffChunk("VP8X", extended), riffChunk("ICCP", rgb),
		riffChunk("VP8L", losslessOf(4, 3, 1, 2, 3, 255))))
	require.Contains(t, string(p.Content), "iCCPICC\x00\x00"+string(zipped(rgb)))

	outside := slices.Clone(rgb)
	binary.BigEndian.PutUint32(outside[136:], 1<<31)
	for name, profile := range map[string][]byte{
		"of print": profileOf("CMYK"), "of another kind of pixels": gray, "with a tag outside": outside,
		"that is text": []byte(strings.Repeat("no profile ", 30)), "cut off": rgb[:140],
	} {
		require.NotContains(t, string(process(t, withJPEG(photo(9, 9), profile)).Content), "ICC_PROFILE", name)
	}
	large := append([]byte("n\x00\x00"), zipped(make([]byte, 50<<20))...)
	bomb := slices.Concat(few[:33], pngChunk("iCCP", large), few[33:])
	require.NotContains(t, string(process(t, bomb).Content), "iCCP")
}

func TestProcess_Animation_IsItsFirstFrame(t *testing.T) {
	palette := color.Palette{color.RGBA{1, 2, 3, 255}, color.RGBA{200, 100, 50, 255}}
	var animation gif.GIF
	for i := range 500 {
		frame := image.NewPaletted(image.Rect(0, 0, 20, 10), palette)
		for p := range frame.Pix {
			frame.Pix[p] = uint8(min(i, 1))
		}
		animation.Image, animation.Delay = append(animation.Image, frame), append(animation.Delay, 1)
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &animation))
	p := process(t, b.Bytes())
	m, err := png.Decode(bytes.NewReader(p.Content))
	require.NoError(t, err)
	require.Equal(t, color.NRGBA{1, 2, 3, 255}, color.NRGBAModel.Convert(m.At(5, 5)))
}

func FuzzProcess(f *testing.F) {
	for _, format := range []string{"jpeg", "png", "gif"} {
		f.Add(encoded(f, format, photo(12, 9)))
	}
	f.Add(jpegOf(0xc2, 16, 16, 3))
	f.Add(riff(riffChunk("VP8L", losslessOf(4, 3, 1, 2, 3, 255))))
	f.Add(pngOf(4, 4, 16, 6, 1))
	d := images.NewDecoder(64 << 20)
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := d.Process(t.Context(), content)
		require.Zero(t, d.Reserved())
		if err != nil {
			return
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(p.Content))
		require.NoError(t, err)
		require.Equal(t, []int{p.Width, p.Height}, []int{c.Width, c.Height})
	})
}
