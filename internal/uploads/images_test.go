package uploads

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/fakestore"
)

func TestImage_WithItsFields_IsAnnouncedWrittenAndAdded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields         []part
		order          int32
		representative bool
	}{
		"no fields":      {nil, 0, false},
		"all fields":     {[]part{{"sortOrder", "", "7"}, {"representative", "", "true"}}, 7, true},
		"largest order":  {[]part{{"sortOrder", "", "2147483647"}, {"representative", "", "0"}}, 2147483647, false},
		"unknown fields": {[]part{{"note", "", "x"}, {"file", "a.txt", "y"}}, 0, false},
	} {
		r := newRig(t)
		announced := 0
		r.store.Does("AnnounceObject", func(args ...any) ([]any, error) {
			announced = len(r.objects(t))
			return nil, nil
		})
		request := form(t, append(c.fields, part{"image", "a.png", picture(t, 400, 30)})...)
		got, err := r.Image(httptest.NewRecorder(), request, 5)
		require.NoError(t, err, name)
		require.Zero(t, announced, "an object is announced before it is written")
		require.Equal(t, c.order, *got.SortOrder, name)
		require.Equal(t, c.representative, got.Representative, name)
		require.Equal(t, []int32{400, 30}, []int32{got.Width, got.Height}, name)
		require.True(t, strings.HasPrefix(got.ObjectKey, "products/5/"), got.ObjectKey)
		require.Len(t, r.objects(t), 2, "the image, and a narrower rendition")
		require.Contains(t, r.objects(t), got.ObjectKey)
		require.Equal(t, []string{
			"CheckRoomForImage(8, 5)", "AnnounceObject(" + fakestore.Show(got.ObjectKey) + ")",
			"AddImage(8, 5, " + fakestore.Show(got) + ")",
		}, r.store.Calls(), name)
	}
}

// A form may have its parts in any order.
func TestImage_FieldsAfterTheImage_CountToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got, err := r.Image(httptest.NewRecorder(),
		form(t, part{"image", "a.png", picture(t, 2, 2)}, part{"sortOrder", "", "3"}), 5)
	require.NoError(t, err)
	require.Equal(t, int32(3), *got.SortOrder)
}

func TestImage_Refused_LeavesNothing(t *testing.T) {
	t.Parallel()
	whole := picture(t, 20, 20)
	for name, c := range map[string]struct {
		request *http.Request
		code    market.Code
	}{
		"no image":              {form(t, part{"sortOrder", "", "1"}), market.CodeInvalidInput},
		"an empty image":        {form(t, part{"image", "a.png", ""}), market.CodeInvalidInput},
		"two images":            {form(t, part{"image", "a.png", whole}, part{"image", "b.png", whole}), market.CodeInvalidInput},
		"an order below 0":      {form(t, part{"sortOrder", "", "-1"}, part{"image", "a.png", whole}), market.CodeInvalidInput},
		"too large an order":    {form(t, part{"sortOrder", "", "2147483648"}, part{"image", "a.png", whole}), market.CodeInvalidInput},
		"an order of a word":    {form(t, part{"sortOrder", "", "first"}, part{"image", "a.png", whole}), market.CodeInvalidInput},
		"representative maybe":  {form(t, part{"representative", "", "maybe"}, part{"image", "a.png", whole}), market.CodeInvalidInput},
		"a text":                {form(t, part{"image", "a.png", "hello"}), market.CodeImageTypeUnsupported},
		"a drawing":             {form(t, part{"image", "a.svg", "<svg onload='alert(1)'/>"}), market.CodeImageTypeUnsupported},
		"half an image":         {form(t, part{"image", "a.png", whole[:len(whole)/2]}), market.CodeImageInvalid},
		"a field of long names": {form(t, part{"sortOrder", "", strings.Repeat("1", 100)}), market.CodeInvalidInput},
		"no form": {
			ofSeller(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(whole))),
			market.CodeInvalidInput,
		},
	} {
		r := newRig(t)
		_, err := r.Image(httptest.NewRecorder(), c.request, 5)
		require.Equal(t, c.code, market.CodeOf(err), name)
		require.Empty(t, r.objects(t), name)
		require.Equal(t, []string{"CheckRoomForImage(8, 5)"}, r.store.Calls(), name)
	}
}

// Its body is not read.
func TestImage_OfAnotherOrFullProduct_IsRefusedUnread(t *testing.T) {
	t.Parallel()
	for _, code := range []market.Code{market.CodeProductNotFound, market.CodeForbidden, market.CodeDataConflict} {
		r := newRig(t)
		r.store.Fails("CheckRoomForImage", market.Refuse(code))
		request := form(t, part{"image", "a.png", picture(t, 2, 2)})
		body := request.Body
		_, err := r.Image(httptest.NewRecorder(), request, 5)
		require.Equal(t, code, market.CodeOf(err))
		rest, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NotEmpty(t, rest)
	}
}

func TestImage_LargestFile_IsReadAndALargerOneIsNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.Image(httptest.NewRecorder(), form(t, part{"image", "a.png", strings.Repeat("x", images.MaxSize)}), 5)
	require.Equal(t, market.CodeImageTypeUnsupported, market.CodeOf(err), "it is read, and is no image")
	_, err = r.Image(httptest.NewRecorder(), form(t, part{"image", "a.png", strings.Repeat("x", images.MaxSize+1)}), 5)
	require.Equal(t, market.CodePayloadTooLarge, market.CodeOf(err))
	long := form(t, part{"other", "a.bin", strings.Repeat("x", maxRequest)}, part{"image", "a.png", picture(t, 2, 2)})
	_, err = r.Image(httptest.NewRecorder(), long, 5)
	require.Equal(t, market.CodePayloadTooLarge, market.CodeOf(err), "other fields are read up to a limit")
	require.Zero(t, r.gates.sellers[8].present, "each has left")
}

func TestImage_StoreFails_ObjectIsNotUsed(t *testing.T) {
	t.Parallel()
	request := func() *http.Request { return form(t, part{"image", "a.png", picture(t, 2, 2)}) }
	r := newRig(t)
	r.store.Fails("AnnounceObject", errAway)
	_, err := r.Image(httptest.NewRecorder(), request(), 5)
	require.ErrorIs(t, err, errAway)
	require.Empty(t, r.objects(t), "an object that is not announced would never be swept")
	r = newRig(t)
	r.store.Fails("AddImage", errAway)
	_, err = r.Image(httptest.NewRecorder(), request(), 5)
	require.ErrorIs(t, err, errAway)
	require.Len(t, r.store.Calls("AnnounceObject"), 1, "the sweep of orphans finds the object")
	r = newRig(t)
	require.NoError(t, r.Uploads.objects.Close())
	_, err = r.Image(httptest.NewRecorder(), request(), 5)
	require.Equal(t, market.CodeImageStoreUnavailable, market.CodeOf(err))
	require.Empty(t, r.store.Calls("AddImage"))
}

func TestImage_ClientGone_IsNoRefusal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := form(t, part{"image", "a.png", picture(t, 2, 2)})
	_, err := r.Image(httptest.NewRecorder(), ofSeller(request.WithContext(ctx)), 5)
	require.ErrorIs(t, err, context.Canceled)
}

// TestRefusal_EachErrorOfTheDecoder_HasItsCode and, where there is one, its own text.
func TestRefusal_EachErrorOfTheDecoder_HasItsCode(t *testing.T) {
	t.Parallel()
	for problem, want := range map[error]struct {
		code   market.Code
		detail market.Detail
	}{
		images.ErrType:      {market.CodeImageTypeUnsupported, ""},
		images.ErrAnimated:  {market.CodeImageTypeUnsupported, market.DetailImageAnimated},
		images.ErrTruncated: {market.CodeImageInvalid, market.DetailImageTruncated},
		images.ErrDamaged:   {market.CodeImageInvalid, market.DetailImageDamaged},
		images.ErrScans:     {market.CodeImageInvalid, market.DetailImageScans},
		images.ErrSlow:      {market.CodeImageInvalid, market.DetailImageSlow},
		images.ErrBusy:      {market.CodeServiceOverloaded, ""},

		&images.TooLargeError{Megapixels: 50}: {market.CodeImageInvalid, market.DetailImageTooLarge},
		context.DeadlineExceeded:              {market.CodeServiceOverloaded, ""},
	} {
		var refused *market.Error
		require.ErrorAs(t, refusal(errors.Join(problem)), &refused, problem)
		require.Equal(t, want.code, refused.Code, problem)
		require.Equal(t, want.detail, refused.Detail, problem)
		require.Equal(t, want.code == market.CodeServiceOverloaded, refused.RetryAfter > 0, problem)
	}
	require.ErrorIs(t, refusal(errAway), errAway)
	require.NoError(t, refusal(nil))
}

func TestDeleteImage_Object_IsDeletedAndForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	added, err := r.Image(httptest.NewRecorder(), form(t, part{"image", "a.png", picture(t, 2, 2)}), 5)
	require.NoError(t, err)
	r.store.Forget()
	r.store.Returns("DeleteImage", added)
	request := ofSeller(httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/", nil))
	deleted, err := r.DeleteImage(request, store.ProductImage{ProductID: 5, ImageID: 6})
	require.NoError(t, err)
	require.Equal(t, added, deleted)
	require.Empty(t, r.objects(t))
	require.Equal(t, []string{
		`DeleteImage(8, {"ImageID":6,"ProductID":5})`, "ForgetObjects(" + fakestore.Show([]string{added.ObjectKey}) + ")",
	}, r.store.Calls())
}

// The image is off the product, and its object stays announced.
func TestDeleteImage_ObjectStoreAway_IsLeftToTheSweep(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.store.Returns("DeleteImage", store.Image{ObjectKey: "products/5/a.png"})
	require.NoError(t, r.Uploads.objects.Close())
	request := ofSeller(httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/", nil))
	_, err := r.DeleteImage(request, store.ProductImage{ProductID: 5, ImageID: 6})
	require.NoError(t, err)
	require.Empty(t, r.store.Calls("ForgetObjects"))
	r.store.Fails("DeleteImage", market.Refuse(market.CodeForbidden))
	_, err = r.DeleteImage(request, store.ProductImage{ProductID: 5, ImageID: 6})
	require.Equal(t, market.CodeForbidden, market.CodeOf(err))
}

func TestImages_Several_AreAddedUntilOneIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	request := form(t, part{"note", "", "x"}, part{"image", "a.png", picture(t, 2, 2)}, part{"image", "", ""},
		part{"image", "b.png", picture(t, 3, 3)})
	require.NoError(t, r.Images(httptest.NewRecorder(), request, 5))
	added := r.store.Calls("AddImage")
	require.Len(t, added, 2)
	require.NotContains(t, added[0]+added[1], "SortOrder", "each is the last")

	r.store.Forget()
	request = form(t, part{"image", "a.png", picture(t, 2, 2)}, part{"image", "b.txt", "no picture"},
		part{"image", "c.png", picture(t, 2, 2)})
	require.Equal(t, market.CodeImageTypeUnsupported, market.CodeOf(r.Images(httptest.NewRecorder(), request, 5)))
	require.Len(t, r.store.Calls("AddImage"), 1)

	for _, none := range []*http.Request{form(t), form(t, part{"image", "", ""}), form(t, part{"note", "", "x"})} {
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(r.Images(httptest.NewRecorder(), none, 5)))
	}
}

func TestImages_EachOfAForm_CountsAsAnUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.gates = newGates(Limits{AtOnce: 2, PerMinute: 2})
	a := part{"image", "a.png", picture(t, 2, 2)}
	err := r.Images(httptest.NewRecorder(), form(t, a, a, a), 5)
	require.Equal(t, market.CodeUploadRateLimited, market.CodeOf(err))
	require.Len(t, r.store.Calls("AddImage"), 2)
}
