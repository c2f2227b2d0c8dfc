package images

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif" // formats that are taken
	"image/jpeg"
	"image/png"
	"runtime"

	"github.com/disintegration/imaging"
	_ "golang.org/x/image/webp"
)

// maxPixels bounds what an image unpacks to: 25 million pixels are 100 MB.
const maxPixels = 25_000_000

// ErrNoImage says that something is no JPEG, PNG, GIF or WebP image, or one that is too
// large when it is unpacked.
var ErrNoImage = errors.New("no image of a kind and size that is taken")

// cleaning bounds how many images are unpacked at a time.
var cleaning = make(chan struct{}, max(1, runtime.NumCPU()/2))

// Clean unpacks an image and packs its pixels anew, so that nothing else of what was
// uploaded is kept: no metadata, such as where a picture was taken, and no second file
// behind the first. A JPEG stays one, and is turned as its metadata said; a PNG, the
// first picture of a GIF, and a WebP become a PNG. It returns the type, or ErrNoImage.
func Clean(content []byte) (cleaned []byte, contentType string, err error) {
	bounds, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || bounds.Width <= 0 || bounds.Height <= 0 || bounds.Width > maxPixels/bounds.Height {
		return nil, "", ErrNoImage
	}
	cleaning <- struct{}{}
	defer func() { <-cleaning }()
	pixels, err := imaging.Decode(bytes.NewReader(content), imaging.AutoOrientation(true))
	if err != nil {
		return nil, "", ErrNoImage
	}
	var out bytes.Buffer
	if format == "jpeg" {
		err = jpeg.Encode(&out, pixels, &jpeg.Options{Quality: 90})
		return out.Bytes(), "image/jpeg", err
	}
	err = png.Encode(&out, pixels)
	return out.Bytes(), "image/png", err
}
