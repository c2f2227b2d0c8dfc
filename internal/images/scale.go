package images

import (
	"context"
	"image"
	"image/draw"
)

// band is how many rows are converted together.
const band = 16

// turned reports whether an orientation exchanges width and height.
func turned(orientation int) bool { return orientation >= 5 }

// shrink returns an image of at most the size of m, rotated according to its orientation. Each
// pixel is the average of the pixels that it covers, weighted by the covered areas. The size is
// that before the rotation. It ends early when the context does.
func shrink(ctx context.Context, m image.Image, width, height, orientation int) (*image.NRGBA, error) {
	from := m.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	if turned(orientation) {
		out = image.NewNRGBA(image.Rect(0, 0, height, width))
	}
	rows := newRows(m)
	// A source pixel is width units wide and height units high; a pixel of the result as many as the
	// source is wide and high. So weights are integers, and sums are exact.
	across := make([]uint32, 4*width)
	sums := make([]uint64, 4*width)
	need, y := from.Dy(), 0
	for sy := range from.Dy() {
		if sy%band == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		shrinkRow(across, rows.row(sy), from.Dx(), width)
		if height < need {
			addRow(sums, across, uint64(height))
			need -= height
			continue
		}
		addRow(sums, across, uint64(need))
		place(out, sums, y, width, height, orientation, uint64(from.Dx())*uint64(from.Dy()))
		y++
		clear(sums)
		addRow(sums, across, uint64(height-need))
		need = from.Dy() - (height - need)
	}
	return out, nil
}

// shrinkRow sums up a row of pixels, colours multiplied by their opacity.
func shrinkRow(sums []uint32, row []uint8, from, to int) {
	clear(sums)
	need, x := uint32(from), 0
	units := uint32(to)
	for i := 0; i+4 <= len(row); i += 4 {
		alpha := uint32(row[i+3])
		red, green, blue := uint32(row[i])*alpha, uint32(row[i+1])*alpha, uint32(row[i+2])*alpha
		weight := min(units, need)
		s := sums[x : x+4 : x+4]
		s[0] += red * weight
		s[1] += green * weight
		s[2] += blue * weight
		s[3] += alpha * weight
		if need -= weight; need > 0 {
			continue
		}
		x += 4
		need = uint32(from)
		if weight = units - weight; weight > 0 {
			s := sums[x : x+4 : x+4]
			s[0] = red * weight
			s[1] = green * weight
			s[2] = blue * weight
			s[3] = alpha * weight
			need -= weight
		}
	}
}

func addRow(sums []uint64, row []uint32, weight uint64) {
	if weight == 0 {
		return
	}
	for i, v := range row {
		sums[i] += uint64(v) * weight
	}
}

// place writes the row y, given as sums of so many units, where an orientation puts it.
func place(out *image.NRGBA, sums []uint64, y, width, height, orientation int, units uint64) {
	for x := range width {
		tx, ty := x, y
		switch orientation {
		case 2:
			tx = width - 1 - x
		case 3:
			tx, ty = width-1-x, height-1-y
		case 4:
			ty = height - 1 - y
		case 5:
			tx, ty = y, x
		case 6:
			tx, ty = height-1-y, x
		case 7:
			tx, ty = height-1-y, width-1-x
		case 8:
			tx, ty = y, width-1-x
		}
		alpha := sums[4*x+3]
		if alpha == 0 {
			continue
		}
		p := out.Pix[out.PixOffset(tx, ty):]
		p[0] = uint8((sums[4*x] + alpha/2) / alpha)
		p[1] = uint8((sums[4*x+1] + alpha/2) / alpha)
		p[2] = uint8((sums[4*x+2] + alpha/2) / alpha)
		p[3] = uint8((alpha + units/2) / units)
	}
}

// rows reads an image by rows of red, green, blue and opacity.
type rows struct {
	m     image.Image
	plain *image.NRGBA // m, when its rows can be used as they are
	into  draw.Image
	pix   []uint8
}

func newRows(m image.Image) *rows {
	r := &rows{m: m}
	if plain, ok := m.(*image.NRGBA); ok {
		r.plain = plain
		return r
	}
	size := image.Rect(0, 0, m.Bounds().Dx(), band)
	if opaque(m) { // which image/draw converts faster
		into := image.NewRGBA(size)
		r.into, r.pix = into, into.Pix
		return r
	}
	into := image.NewNRGBA(size)
	r.into, r.pix = into, into.Pix
	return r
}

func (r *rows) row(y int) []uint8 {
	b := r.m.Bounds()
	if r.plain != nil {
		at := r.plain.PixOffset(b.Min.X, b.Min.Y+y)
		return r.plain.Pix[at : at+4*b.Dx()]
	}
	if y%band == 0 {
		draw.Draw(r.into, r.into.Bounds(), r.m, b.Min.Add(image.Pt(0, y)), draw.Src)
	}
	at := y % band * 4 * b.Dx()
	return r.pix[at : at+4*b.Dx()]
}

func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}
