package activities

import "context"

// orphanChunk is how many orphaned objects are removed together.
const orphanChunk = 100

// RemoveOrphans removes objects that no image uses: of uploads that died, and of
// images that were deleted.
func (a *Activities) RemoveOrphans(ctx context.Context) error {
	for {
		keys, err := a.Store.Orphans(ctx, orphanChunk)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			if err := a.Images.Delete(ctx, key); err != nil {
				return err
			}
		}
		if err := a.Store.ForgetObjects(ctx, keys); err != nil {
			return err
		}
	}
}
